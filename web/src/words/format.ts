import { locale } from './index.ts';

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** `2027-05-03` of a date field as the contract's `03 May 2027`; '' stays ''. */
export function toEventDate(iso: string): string {
  const [year, month, day] = iso.split('-');
  return year && month && day ? `${day} ${MONTHS[Number(month) - 1]} ${year}` : '';
}

/** The contract's date for a date field; '' for anything else. */
export function toIsoDate(text: string | undefined): string {
  const [, day, name, year] = /^(\d{1,2}) (\w+) (\d{4})$/.exec(text ?? '') ?? [];
  const month = MONTHS.indexOf(name ?? '') + 1;
  return day && year && month > 0 ? `${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')}` : '';
}

/** An event date as people here write it; text of older lists as it is. */
export function showDate(text: string | undefined): string {
  const iso = toIsoDate(text);
  if (iso === '') return text === undefined || text === 'None' ? '' : text;
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso));
}

export function showMoney(amount: string | number, currency: string | null): string {
  const value = typeof amount === 'number' ? amount : Number(amount.replaceAll(',', ''));
  if (amount === '' || !Number.isFinite(value)) return String(amount);
  return new Intl.NumberFormat(locale(), { style: 'currency', currency: currency ?? 'GBP' }).format(value);
}

/** How many of the smallest coins make one: 100 pence, 1 yen. */
export function coinsIn(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2);
}
