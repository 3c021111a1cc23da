import { PythonNumber } from './python-text.ts';

/**
 * Values as they are stored and rendered: numbers that read otherwise in JavaScript as text, without U+0000, which
 * PostgreSQL cannot hold, and without halves of surrogate pairs (public section 10).
 */
export function cleanPersonalisation(value: unknown): Record<string, unknown> {
  // The request schema let only objects through.
  return value === undefined ? {} : (clean(value) as Record<string, unknown>);
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof PythonNumber) return value.text;
  if (Array.isArray(value)) return value.map(clean);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [cleanText(key), clean(member)]));
}

/** Text without U+0000 and with U+FFFD for halves of surrogate pairs. */
export function cleanText(text: string): string {
  const kept = text.includes('\u0000') ? text.replaceAll('\u0000', '') : text;
  return kept.isWellFormed() ? kept : kept.toWellFormed();
}
