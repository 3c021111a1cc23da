import { ASCII_REPLACEMENTS } from './ascii-downgrade-data.ts';

const NOT_ASCII = /[^ -~]/gu;

/** Printable ASCII for every character: itself, its base letter or usual replacement, or a question mark. */
export function downgradeToAscii(text: string): string {
  return text.replace(NOT_ASCII, (character) => ASCII_REPLACEMENTS[character] ?? '?');
}
