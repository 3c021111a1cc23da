/** A price as people write it there; the text as it is when it is no number. */
export function formatPrice(amount: string, currency: string | null, locale: string): string {
  const value = Number(amount.replaceAll(',', ''));
  if (amount.trim() === '' || !Number.isFinite(value)) return amount;
  return formatFor(locale, knownCurrency(currency)).format(value);
}

/** An amount that is kept in the smallest coins of its currency. */
export function formatMoney(coins: number, currency: string | null, locale: string): string {
  const code = knownCurrency(currency);
  return formatFor(locale, code).format(coins / coinsIn(code));
}

/** How many of the smallest coins make one: 100 pence, 1 yen. */
export function coinsIn(currency: string | null): number {
  const format = formatFor('en', knownCurrency(currency));
  return 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2);
}

function knownCurrency(currency: string | null): string {
  return currency !== null && /^[A-Z]{3}$/.test(currency) ? currency : 'GBP';
}

// Making one takes longer than a page; there are a handful.
const formats = new Map<string, Intl.NumberFormat>();

function formatFor(locale: string, currency: string): Intl.NumberFormat {
  const key = `${locale} ${currency}`;
  const known = formats.get(key);
  if (known) return known;
  const format = new Intl.NumberFormat(locale === 'en' ? 'en-GB' : locale, { style: 'currency', currency });
  if (formats.size < 200) formats.set(key, format);
  return format;
}
