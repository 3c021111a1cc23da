const SIGNS: Record<string, string> = { '£': 'GBP', '€': 'EUR', $: 'USD', '¥': 'JPY', zł: 'PLN', kr: 'SEK' };

/**
 * A price as shops write it, as a decimal text of two places: `£1,299`, `1.299,00 €`, `1 299,50`. Undefined where no
 * one number can be read. Of two kinds of separator the last is the decimal one; a single one with exactly three
 * digits behind it separates thousands.
 */
export function parsePrice(text: string): string | undefined {
  const [number] = /\d[\d.,'\s\u00a0\u202f]*/.exec(text) ?? [];
  if (number === undefined || text.slice(text.indexOf(number) + number.length).match(/\d/)) return undefined;
  const compact = number.replaceAll(/[\s'\u00a0\u202f]/g, '').replace(/[.,]+$/, '');
  const lastComma = compact.lastIndexOf(',');
  const lastPoint = compact.lastIndexOf('.');
  const decimal = Math.max(lastComma, lastPoint);
  if (decimal === -1) return twoPlaces(compact);
  const sign = compact[decimal] ?? '';
  const places = compact.length - decimal - 1;
  const isOnlyKind = lastComma === -1 || lastPoint === -1;
  const occurrences = compact.split(sign).length - 1;
  if (isOnlyKind && (places === 3 || occurrences > 1)) return twoPlaces(compact.replaceAll(sign, ''));
  return twoPlaces(`${compact.slice(0, decimal).replaceAll(/[.,]/g, '')}.${compact.slice(decimal + 1)}`);
}

/** The currency a price names with its sign or code. */
export function currencyIn(text: string): string | undefined {
  const [code] = /\b[A-Z]{3}\b/.exec(text) ?? [];
  if (code !== undefined) return code;
  return Object.entries(SIGNS).find(([sign]) => text.includes(sign))?.[1];
}

function twoPlaces(number: string): string | undefined {
  const value = Number(number);
  return number !== '' && Number.isFinite(value) && value < 1e9 ? value.toFixed(2) : undefined;
}
