import { createHash } from 'node:crypto';
import { type JsonObject, type JsonValue, rawNumberText } from './lossless-json.ts';

/**
 * The key of a stored change event (4.1): the MD5 of the canonical JSON of `[event, sequenceNumber]`, the same
 * that the records written by DoS Integration carry. The sequence number is canonical decimal text.
 */
export function changeEventId(event: JsonObject, sequenceNumber: string | null): string {
  return createHash('md5')
    .update(`[${canonicalJson(event)}, ${sequenceNumber ?? 'null'}]`)
    .digest('hex');
}

/** JSON with keys sorted by code point, `", "` and `": "` between parts, and ASCII characters only (4.1). */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'string') return asciiString(value);
  if (typeof value === 'number') return value === 0 ? '0' : String(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(', ')}]`;
  const raw = rawNumberText(value);
  if (raw !== undefined) return raw;
  let members = '';
  for (const key of sortedKeys(value)) {
    members += `${members === '' ? '' : ', '}${asciiString(key)}: ${canonicalJson(value[key] ?? null)}`;
  }
  return `{${members}}`;
}

// One event has some 700 texts, nearly all of them plain: a test of the text costs less than escaping it.
const PLAIN = /^[ !#-[\]-~]*$/;

// JSON.stringify has escaped control characters and lone surrogates already. The original also escapes U+007F.
function asciiString(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text).replace(/[^ -~]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The order of the language is by UTF-16 unit, which for all but the rarest keys is by code point too. */
function sortedKeys(value: JsonObject): string[] {
  const keys = Object.keys(value);
  return keys.some((key) => !PLAIN.test(key)) ? keys.sort(compareCodePoints) : keys.sort();
}

/** UTF-16 order differs from code point order only where a surrogate meets a unit from U+E000 upwards. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return weight(left) - weight(right);
  }
  return a.length - b.length;
}

function weight(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
