import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../callers/caller.ts';
import { en, type Words } from './en.ts';
import { fr } from './fr.ts';

export type { Words };

const LANGUAGES: Record<string, Words> = { en, fr };

export interface Speech {
  locale: string;
  words: Words;
  /** Fills `{name}` in a text. */
  say(key: keyof Words, values?: Record<string, string | number>): string;
  /** A price as people here write it; the text as it is when it is no number. */
  price(amount: string, currency: string | null): string;
}

/** The language of a visitor: their account's, their cookie's, or the first their browser asks for that we speak. */
export function speechFor(request: FastifyRequest, caller: Caller | undefined): Speech {
  const asked = [
    caller?.locale ?? '',
    request.cookies.lang ?? '',
    ...(request.headers['accept-language'] ?? '').split(','),
  ].map((part) => part.trim().slice(0, 2).toLowerCase());
  const locale = asked.find((code) => Object.hasOwn(LANGUAGES, code)) ?? 'en';
  const words = LANGUAGES[locale] ?? en;
  return {
    locale,
    words,
    say: (key, values = {}) =>
      words[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)),
    price: (amount, currency) => formatPrice(amount, currency, locale),
  };
}

function formatPrice(amount: string, currency: string | null, locale: string): string {
  const value = Number(amount.replaceAll(',', ''));
  if (amount.trim() === '' || !Number.isFinite(value)) return amount;
  const code = currency !== null && /^[A-Z]{3}$/.test(currency) ? currency : 'GBP';
  return numberFormat(locale === 'en' ? 'en-GB' : locale, code).format(value);
}

// Making one takes longer than a page; there are a handful.
const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: string, currency: string): Intl.NumberFormat {
  const key = `${locale} ${currency}`;
  const known = formats.get(key);
  if (known) return known;
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  if (formats.size < 200) formats.set(key, format);
  return format;
}
