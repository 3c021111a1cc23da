import { errors, type ListsError } from '../errors.ts';
import { parseStorableJson } from './text.ts';

/**
 * A request body as the original's handlers meet it (spec section 3.1.5): JSON whatever the content type says, and
 * "no body" is a value of its own.
 */
export type Body =
  | { kind: 'absent' }
  | { kind: 'null' }
  | { kind: 'invalid' }
  | { kind: 'object'; value: Record<string, unknown>; raw: string };

export function readBody(bytes: unknown): Body {
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return { kind: 'absent' };
  const raw = bytes.toString('utf8');
  if (raw.trim() === '') return { kind: 'absent' };
  let value: unknown;
  try {
    value = parseStorableJson(raw);
  } catch {
    return { kind: 'invalid' };
  }
  if (value === null) return { kind: 'null' };
  if (typeof value !== 'object' || Array.isArray(value)) return { kind: 'invalid' };
  return { kind: 'object', value: value as Record<string, unknown>, raw };
}

/** For endpoints that tell an empty body from an unusable one. */
export function requireObject(body: Body): Record<string, unknown> {
  if (body.kind === 'object') return body.value;
  throw body.kind === 'null' ? errors.bodyEmpty() : errors.bodyInvalid();
}

/** For endpoints that know one text for every unusable body. */
export function requireAttributes(body: Body, refusal: () => ListsError = errors.bodyMissing) {
  if (body.kind !== 'object') throw refusal();
  return body.value;
}

/** An integer, or a text that is one (spec section 3.1.8); undefined for everything else. */
export function readInteger(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (typeof value === 'string' && /^\s*[+-]?\d{1,15}\s*$/.test(value)) return Number(value);
  return undefined;
}

/** A text of at most `most` characters. */
export function isText(value: unknown, most: number, least = 0): value is string {
  return typeof value === 'string' && value.length >= least && value.length <= most;
}
