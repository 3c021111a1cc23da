import { en } from './en.ts';

export type Words = Record<keyof typeof en, string>;
export type Word = keyof Words;

export const LANGUAGES = { en: 'English', fr: 'Français' } as const;
export type Language = keyof typeof LANGUAGES;

let words: Words = en;
let language: Language = 'en';

export function isLanguage(value: string | undefined): value is Language {
  return value !== undefined && Object.hasOwn(LANGUAGES, value);
}

/** The cookie's language, else the first the browser asks for that we speak. Loaded before anything is shown. */
export async function chooseLanguage(): Promise<void> {
  const cookie = /(?:^|; )lang=(\w+)/.exec(document.cookie)?.[1];
  const asked = [cookie, ...navigator.languages.map((one) => one.slice(0, 2))];
  language = asked.find(isLanguage) ?? 'en';
  if (language === 'fr') words = (await import('./fr.ts')).fr;
  document.documentElement.lang = language;
}

/** Remembered for a year; the page is loaded anew in it. */
export function rememberLanguage(chosen: Language): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox
  document.cookie = `lang=${chosen}; path=/; max-age=31536000; samesite=lax`;
}

export function currentLanguage(): Language {
  return language;
}

export function locale(): string {
  return language === 'en' ? 'en-GB' : language;
}

/** A text in the visitor's language, with `{name}` filled in. */
export function say(word: Word, values: Record<string, string | number> = {}): string {
  return words[word].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function isWord(value: string): value is Word {
  return Object.hasOwn(en, value);
}
