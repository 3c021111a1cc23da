// Bodies of the internal API whose faults are told field by field (internals section 3.1). Unknown fields are ignored.
import type { FastifyRequest } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import { PlainError } from '../errors.ts';
import { parseBody } from '../requests/json-body.ts';
import { cleanText } from '../requests/personalisation-values.ts';
import { isObject } from '../requests/schema.ts';

export interface Field {
  readonly kind:
    | 'text'
    | 'uuid'
    | 'boolean'
    | 'integer'
    | 'bigint'
    | 'number'
    | 'time'
    | 'texts'
    | 'uuids'
    | 'any';
  readonly required?: boolean;
  readonly nullable?: boolean;
  readonly oneOf?: readonly string[];
  /** What else is wrong with a value of the right kind. */
  readonly check?: (value: string) => string | undefined;
}

interface ValueOfKind {
  text: string;
  uuid: string;
  boolean: boolean;
  integer: number;
  bigint: number;
  number: number;
  time: string;
  texts: string[];
  uuids: string[];
  any: unknown;
}

type Value<F extends Field> = F['nullable'] extends true
  ? ValueOfKind[F['kind']] | null
  : ValueOfKind[F['kind']];
type RequiredNames<S> = { [K in keyof S]: S[K] extends { required: true } ? K : never }[keyof S];

/** The values of a body by the fields it was read with; those that were not sent are not there. */
export type FieldValues<S extends Record<string, Field>> = {
  [K in RequiredNames<S>]: Value<S[K]>;
} & { [K in Exclude<keyof S, RequiredNames<S>>]?: Value<S[K]> };

/** A refusal in the older shape: `message` is a text or, by field, lists of texts. */
export function refusal(status: number, message: string | Record<string, unknown>): PlainError {
  return new PlainError(status, { result: 'error', message });
}

/** 404 `No result found`. */
export function noResult(): PlainError {
  return refusal(404, 'No result found');
}

/** The JSON object of a request; an empty body is an empty object. */
export function readBody(request: FastifyRequest): Record<string, unknown> {
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const value = bytes.length === 0 ? {} : parseBody(bytes);
  if (!isObject(value)) throw refusal(400, { _schema: ['Invalid input type.'] });
  return value;
}

export function readFields<const S extends Record<string, Field>>(
  body: Record<string, unknown>,
  fields: S,
): FieldValues<S> {
  const faults: Record<string, string[]> = {};
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const given = body[name];
    if (given === undefined) {
      if (field.required) faults[name] = ['Missing data for required field.'];
    } else if (given === null) {
      if (field.nullable) values[name] = null;
      else faults[name] = ['Field may not be null.'];
    } else {
      const read = readValue(given, field);
      if ('fault' in read) faults[name] = [read.fault];
      else values[name] = read.value;
    }
  }
  if (Object.keys(faults).length > 0) throw refusal(400, faults);
  // Each value was checked against its field.
  return values as FieldValues<S>;
}

/** Refuses bodies with fields that are not among `names`. */
export function refuseOthers(body: Record<string, unknown>, names: readonly string[]): void {
  const others = Object.keys(body).filter((name) => !names.includes(name));
  if (others.length > 0) {
    throw refusal(400, { _schema: others.map((name) => `Unknown field name ${name}`) });
  }
}

type Read = { value: unknown } | { fault: string };

const READERS: Record<Field['kind'], (given: unknown) => Read> = {
  text: (given) =>
    typeof given === 'string' ? { value: cleanText(given) } : { fault: 'Not a valid string.' },
  uuid: (given) => {
    const value = readUuid(given);
    return value === undefined ? { fault: 'Not a valid UUID.' } : { value };
  },
  boolean: (given) => {
    if (given === true || given === 'true' || given === 'True' || given === 1) return { value: true };
    if (given === false || given === 'false' || given === 'False' || given === 0) return { value: false };
    return { fault: 'Not a valid boolean.' };
  },
  integer: (given) => readInteger(given, LARGEST_INTEGER),
  bigint: (given) => readInteger(given, Number.MAX_SAFE_INTEGER),
  number: (given) => {
    const number = typeof given === 'string' && /^-?\d{1,9}(\.\d{1,9})?$/.test(given) ? Number(given) : given;
    return Number.isFinite(number) ? { value: number } : { fault: 'Not a valid number.' };
  },
  time: (given) => {
    const time = typeof given === 'string' ? readTime(given) : undefined;
    return time === undefined ? { fault: 'Not a valid datetime.' } : { value: time };
  },
  texts: (given) =>
    Array.isArray(given) && given.every((one) => typeof one === 'string')
      ? { value: given.map(cleanText) }
      : { fault: 'Not a valid list.' },
  uuids: (given) => {
    const values = Array.isArray(given) ? given.map(readUuid) : [undefined];
    return values.includes(undefined) ? { fault: 'Not a valid list.' } : { value: values };
  },
  any: (given) => ({ value: given }),
};

/** What a column of four bytes holds. */
const LARGEST_INTEGER = 2_147_483_647;

function readInteger(given: unknown, largest: number): Read {
  const number = typeof given === 'string' && /^-?\d{1,15}$/.test(given) ? Number(given) : given;
  const fits = typeof number === 'number' && Number.isInteger(number) && Math.abs(number) <= largest;
  return fits ? { value: number } : { fault: 'Not a valid integer.' };
}

function readValue(given: unknown, field: Field): Read {
  const read = READERS[field.kind](given);
  if ('fault' in read) return read;
  if (typeof read.value === 'string') {
    if (field.oneOf && !field.oneOf.includes(read.value)) return { fault: 'Not a valid choice.' };
    const fault = field.check?.(read.value);
    if (fault !== undefined) return { fault };
  }
  return read;
}

/** A time as people's programs write it, in UTC without a zone; undefined for what is none. */
export function readTime(text: string): string | undefined {
  const found = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:?\d\d)?$/.exec(
    text.trim(),
  );
  if (!found) return undefined;
  const [, day, clock, zone = 'Z'] = found;
  const time = new Date(`${day}T${clock}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
