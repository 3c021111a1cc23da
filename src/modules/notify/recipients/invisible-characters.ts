/** Characters that show nothing or a space, and that people paste along with addresses without seeing them. */
const ZERO_WIDTH = '\u180e\u200b\u200c\u200d\u2060\ufeff';
const FULL_WIDTH = '\u00a0\u202f\u2028\u2029';

const INVISIBLE = new RegExp(`[${ZERO_WIDTH}${FULL_WIDTH}]`, 'g');
const ZERO_WIDTH_ALL = new RegExp(`[${ZERO_WIDTH}]`, 'g');
const FULL_WIDTH_ALL = new RegExp(`[${FULL_WIDTH}]`, 'g');

/** White space as a regular expression class for phone numbers: ASCII and the invisible characters. */
export const PHONE_WHITESPACE = ` \\t\\n\\r\\v\\f${ZERO_WIDTH}${FULL_WIDTH}`;

/** The text without any invisible character. */
export function withoutInvisible(text: string): string {
  return text.replace(INVISIBLE, '');
}

/** Zero-width characters gone, and spaces of other kinds made plain. */
export function withPlainSpaces(text: string): string {
  return text.replace(ZERO_WIDTH_ALL, '').replace(FULL_WIDTH_ALL, ' ');
}

/** Without invisible characters anywhere and without ASCII white space around it (public API 6.5 step 1). */
export function trimmedVisible(text: string): string {
  return trimAscii(withoutInvisible(text));
}

/** Scans instead of matching `\s+$`, which takes quadratic time on white space inside a text. */
export function trimAscii(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isAsciiSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isAsciiSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isAsciiSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: separators that the original breaks lines at
const LINE_BREAK = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** The lines of a text, whichever character ends them. */
export function splitLines(text: string): string[] {
  return text.split(LINE_BREAK);
}
