const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** `03 May 2027` as `2027-05-03`; null for every other text, which is kept as it came (spec section 4.3). */
export function parseEventDate(text: string): string | null {
  const [, day = '', month = '', year = ''] = /^\s*(\d{1,2})\s+([A-Za-z]+)\s+(\d{4})\s*$/.exec(text) ?? [];
  const index = MONTHS.indexOf(month.toLowerCase());
  if (index === -1) return null;
  const date = new Date(Date.UTC(Number(year), index, Number(day)));
  if (date.getUTCDate() !== Number(day) || Number(year) < 1) return null;
  return date.toISOString().slice(0, 10);
}
