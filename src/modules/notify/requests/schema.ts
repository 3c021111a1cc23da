// The validation of requests: public sections 6.1 and 6.2. The messages are the contract, so the checks are written for
// them; errors come in the order of the keywords of the original's schemas.
import { readUuid } from '../auth/uuid-text.ts';
import { ValidationError } from '../errors.ts';
import { pythonRepr } from './python-text.ts';

/** The texts of what is wrong with one value, without the name of its field. */
export type Check = (value: unknown) => readonly string[];

export interface ObjectSchema {
  /** In the order in which their errors are reported. */
  readonly properties: readonly (readonly [name: string, check: Check])[];
  readonly required: readonly string[];
  readonly allowsOthers?: boolean;
}

const FINE: readonly string[] = [];

/** Everything wrong with `value`, as the messages of the answer; empty when nothing is. */
export function findFaults(schema: ObjectSchema, value: unknown): string[] {
  if (!isObject(value)) return [withoutQuotes(`${pythonRepr(value)} is not of type object`)];
  const faults: string[] = [];
  for (const [name, check] of schema.properties) {
    if (!Object.hasOwn(value, name)) continue;
    for (const text of check(value[name])) faults.push(`${name} ${withoutQuotes(text)}`);
  }
  for (const name of schema.required) {
    if (!Object.hasOwn(value, name)) faults.push(`${name} is a required property`);
  }
  if (!schema.allowsOthers) faults.push(...findOthers(schema, value));
  return faults.length > 1 ? [...new Set(faults)] : faults;
}

/** `value` as an object that fits `schema`; throws a ValidationError with every fault. */
export function validate(schema: ObjectSchema, value: unknown): Record<string, unknown> {
  const faults = findFaults(schema, value);
  if (faults.length > 0) throw new ValidationError(faults);
  // findFaults refuses everything but objects.
  return value as Record<string, unknown>;
}

function findOthers(schema: ObjectSchema, value: Record<string, unknown>): string[] {
  const others = Object.keys(value).filter((key) => !schema.properties.some(([name]) => name === key));
  if (others.length === 0) return [];
  const shown = others.sort(byCodePoint).map((key) => withoutQuotes(pythonRepr(key)));
  return [
    `Additional properties are not allowed (${shown.join(', ')} ${shown.length === 1 ? 'was' : 'were'} unexpected)`,
  ];
}

export const anything: Check = () => FINE;

export const object: Check = (value) =>
  isObject(value) ? FINE : [`${pythonRepr(value)} is not of type object`];

export const text: Check = (value) =>
  typeof value === 'string' ? FINE : [`${pythonRepr(value)} is not of type string`];

/** At most `maxLength` code points; U+0000 cannot be kept and counts as not being text. */
export function boundedText(maxLength?: number): Check {
  return (value) => {
    if (typeof value !== 'string' || value.includes('\u0000'))
      return [`${pythonRepr(value)} is not of type string`];
    if (maxLength !== undefined && value.length > maxLength && [...value].length > maxLength) {
      return [`${pythonRepr(value)} is too long`];
    }
    return FINE;
  };
}

export const uuid: Check = (value) => (readUuid(value) === undefined ? ['is not a valid UUID'] : FINE);

export function oneOf(values: readonly string[]): Check {
  const list = `[${values.join(', ')}]`;
  return (value) =>
    values.includes(value as string) ? FINE : [`${pythonRepr(value)} is not one of ${list}`];
}

export const listOrNull: Check = (value) =>
  value === null || Array.isArray(value) ? FINE : [`${pythonRepr(value)} is not of type array, null`];

// RFC 3986 in ASCII: what may stand in a URI, with every percent sign followed by two hexadecimal digits.
const HTTPS_URI = /^https(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/;

export const httpsUrl: Check = (value) => {
  if (typeof value === 'string' && HTTPS_URI.test(value) && /^https[a-z0-9+.-]*:/i.test(value)) return FINE;
  return ['is not a valid https url'];
};

/** Applies `check` to texts only; anything else has the wrong type. */
export function format(check: (value: string) => string | undefined): Check {
  return (value) => {
    if (typeof value !== 'string') return [`${pythonRepr(value)} is not of type string`];
    const fault = check(value);
    return fault === undefined ? FINE : [fault];
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  // By its prototype: a member called `constructor` is nothing special.
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function withoutQuotes(message: string): string {
  return message.replaceAll("'", '');
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
