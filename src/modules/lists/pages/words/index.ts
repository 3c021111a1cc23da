import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../callers/caller.ts';
import { en, type Words } from './en.ts';
import { fr } from './fr.ts';
import { formatMoney, formatPrice } from './money.ts';

export type { Words };

const LANGUAGES: Record<string, Words> = { en, fr };

export interface Speech {
  locale: string;
  words: Words;
  /** Fills `{name}` in a text. */
  say(key: keyof Words, values?: Record<string, string | number>): string;
  /** A price as people here write it; the text as it is when it is no number. */
  price(amount: string, currency: string | null): string;
  /** The same for an amount in the smallest coins of its currency. */
  money(coins: number, currency: string | null): string;
  /** An occasion in the visitor's language; one in somebody's own words as it is. */
  occasion(occasion: string): string;
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
    money: (coins, currency) => formatMoney(coins, currency, locale),
    occasion: (occasion) => {
      const key = `occasion_${occasion.toLowerCase().replaceAll(/\s+/g, '')}`;
      // Asked of the object, so it is one of its keys.
      return Object.hasOwn(words, key) ? words[key as keyof Words] : occasion;
    },
  };
}
