import { isUtf8 } from 'node:buffer';
import { BadRequestError } from '../errors.ts';
import { PythonNumber, readNumber } from './python-text.ts';

// Deeper than any client sends; rendering and storing walk values recursively.
const MAX_DEPTH = 200;
const NEEDS_SOURCE = /\d[.eE]|\d{16}/;

/**
 * The JSON of a request, whatever its content type said (public section 3.1). Values that Python takes for false are
 * an empty object. Throws the contract's error for anything that is not JSON.
 */
export function parseBody(body: Buffer): unknown {
  if (!isUtf8(body)) throw new BadRequestError('Invalid JSON supplied in POST data');
  const text = body.toString('utf8');
  const value = parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const isFalse =
    value === null ||
    value === false ||
    value === 0 ||
    value === '' ||
    (value instanceof PythonNumber && Number(value.text) === 0) ||
    (Array.isArray(value) && value.length === 0);
  return isFalse ? {} : value;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (isTooDeep(value)) throw new SyntaxError('nested too deeply');
    return NEEDS_SOURCE.test(text) ? JSON.parse(text, withSource as JsonReviver) : value;
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadRequestError('Invalid JSON supplied in POST data');
    throw error;
  }
}

// TypeScript's library does not know the third argument of revivers yet.
type JsonReviver = (this: unknown, key: string, value: unknown) => unknown;

function withSource(_key: string, value: unknown, context: { source?: string }): unknown {
  return typeof value === 'number' && context.source !== undefined
    ? readNumber(value, context.source)
    : value;
}

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return true;
    const next: unknown[] = [];
    for (const member of level) {
      if (typeof member !== 'object' || member === null) continue;
      for (const inner of Object.values(member)) if (typeof inner === 'object') next.push(inner);
    }
    level = next;
  }
  return false;
}
