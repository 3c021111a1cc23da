import { isBlank } from '../domain/text.ts';
import type { ErrorItem } from '../errors.ts';

/** Deliberate difference D9: far above real use. */
export const MAX_NAME_CHARACTERS = 10_000;

/** Problems of one request, in the order they are to be told. */
export class Problems {
  readonly items: ErrorItem[] = [];

  missing(place: string): void {
    this.items.push({ code: 'MISSING_VALUE', message: `${place}: field required` });
  }

  invalid(place: string, message: string): void {
    this.items.push({ code: 'VALIDATION_ERROR', message: `${place}: ${message}` });
  }
}

/**
 * The text of a string field, where numbers and booleans count as text as they do in the original (spec section 6.2).
 * Undefined when a problem was recorded. `readNumbers` gives the value with its numbers as their spelling.
 */
export function readText(value: unknown, place: string, problems: Problems): string | undefined {
  if (value === undefined) problems.missing(place);
  else if (value === null) problems.invalid(place, 'none is not an allowed value');
  else if (typeof value === 'string') return value;
  else if (typeof value === 'boolean') return value ? 'True' : 'False';
  else if (value instanceof NumberSpelling) return pythonNumber(value.spelling);
  else problems.invalid(place, 'str type expected');
  return undefined;
}

/** A name that is not blank and not too long; undefined when a problem was recorded. */
export function readName(value: unknown, place: string, problems: Problems): string | undefined {
  const name = readText(value, place, problems);
  if (name === undefined) return undefined;
  if (isBlank(name)) problems.invalid(place, 'ensure this value has at least 1 characters');
  else if (name.length > MAX_NAME_CHARACTERS && [...name].length > MAX_NAME_CHARACTERS) {
    problems.invalid(place, `ensure this value has at most ${MAX_NAME_CHARACTERS} characters`);
  } else return name;
  return undefined;
}

/** A number as it was written: `12` and `12.0` are different texts. */
export class NumberSpelling {
  readonly spelling: string;

  constructor(spelling: string) {
    this.spelling = spelling;
  }
}

/** Parses JSON that is known to be valid, keeping how each number was written. */
export function parseKeepingNumbers(body: string): unknown {
  // The third argument is in ECMAScript's "JSON.parse source text access", which the types do not have yet.
  const reviver = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && context?.source !== undefined ? new NumberSpelling(context.source) : value;
  return JSON.parse(body, reviver);
}

/** `str()` of the number in Python: integers of any length, floats with a fraction or an exponent. */
export function pythonNumber(spelling: string): string {
  if (/^-?\d+$/.test(spelling)) return BigInt(spelling).toString();
  const value = Number(spelling);
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const digits = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  if (exponent < 0) {
    // JavaScript writes plain decimals down to 1e-6, so this is plain.
    return String(value);
  }
  return Number.isInteger(value) ? `${BigInt(value)}.0` : String(value);
}
