import { ENTITIES, NAMES_WITHOUT_SEMICOLON, REPLACED_CODES } from './html-entities-data.ts';

const named = new Map(ENTITIES);
const withoutSemicolon = new Set(NAMES_WITHOUT_SEMICOLON);

/**
 * The characters of a reference given without its ampersand and with its semicolon, as HTML reads it; undefined when it
 * names nothing.
 */
export function decodeEntity(reference: string): string | undefined {
  const body = reference.slice(0, -1);
  if (body.startsWith('#')) return decodeNumber(body.slice(1));
  const exact = named.get(body);
  if (exact !== undefined) return exact;
  for (let length = reference.length - 1; length > 1; length -= 1) {
    const start = reference.slice(0, length);
    if (withoutSemicolon.has(start)) return (named.get(start) ?? '') + reference.slice(length);
  }
  return undefined;
}

function decodeNumber(digits: string): string {
  const hexadecimal = digits[0] === 'x' || digits[0] === 'X';
  const code = hexadecimal ? Number.parseInt(digits.slice(1), 16) : Number.parseInt(digits, 10);
  const replaced = REPLACED_CODES[code];
  if (replaced !== undefined) return replaced;
  if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd';
  return isNoCharacter(code) ? '' : String.fromCodePoint(code);
}

function isNoCharacter(code: number): boolean {
  const isControl = (code < 32 && ![9, 10, 12, 13].includes(code)) || (code >= 127 && code < 160);
  return isControl || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
}
