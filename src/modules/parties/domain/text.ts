/** Whether PostgreSQL can keep this text: neither U+0000 nor half a surrogate pair. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}

/**
 * White space as Python's str.strip() knows it, for a character class: JavaScript's `\s` also takes U+FEFF and leaves
 * out U+001C to U+001F and U+0085 (spec section 6.2).
 */
export const WHITE_SPACE =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

const BLANK = new RegExp(`^[${WHITE_SPACE}]*$`);

export function isBlank(text: string): boolean {
  return BLANK.test(text);
}
