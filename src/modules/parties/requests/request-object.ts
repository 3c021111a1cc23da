import { PartiesError } from '../errors.ts';
import { parseJsonBody } from './json-body.ts';
import { NumberSpelling, type Problems, parseKeepingNumbers } from './text-field.ts';

export type RequestObject = Record<string, unknown>;

/** A body as the request models read it: JSON, its numbers as they were written. Throws the 400 of what is no JSON. */
export function parseBody(body: string): unknown {
  const plain = parseJsonBody(body);
  // Numbers among the fields are rare; their spelling costs a second pass.
  return hasNumbers(plain) ? parseKeepingNumbers(body) : plain;
}

/** A record from elsewhere than a body, in the same form. */
export function spellNumbers(record: RequestObject): unknown {
  return hasNumbers(record) ? parseKeepingNumbers(JSON.stringify(record)) : record;
}

/** The value as an object; anything else is the 400 of D4. `model` is the name that prefixes messages. */
export function readObject(value: unknown, model: string): RequestObject {
  if (!isRecord(value)) throw PartiesError.invalid(`${model}.__root__: value is not a valid dict`);
  return value;
}

export function isRecord(value: unknown): value is RequestObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isSpelling(value);
}

/** Adds a problem for every field that is not declared, sorted by code point. */
export function refuseUnknown(
  value: RequestObject,
  known: string[],
  model: string,
  problems: Problems,
): void {
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  for (const name of unknown.sort(byCodePoint))
    problems.invalid(`${model}.${name}`, 'extra fields not permitted');
}

/** JavaScript sorts by UTF-16 unit, which puts astral characters before U+E000. */
export function byCodePoint(one: string, other: string): number {
  const [left, right] = [[...one], [...other]];
  for (let at = 0; at < left.length && at < right.length; at += 1) {
    const difference = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function hasNumbers(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'number';
  // Fields are text, or texts of a key: two levels of list and object.
  return Object.values(value).some(
    (member) =>
      typeof member === 'number' ||
      (Array.isArray(member) &&
        member.some(
          (element) =>
            typeof element === 'number' ||
            (typeof element === 'object' &&
              element !== null &&
              Object.values(element).some((part) => typeof part === 'number')),
        )),
  );
}

function isSpelling(value: object): boolean {
  return value instanceof NumberSpelling;
}
