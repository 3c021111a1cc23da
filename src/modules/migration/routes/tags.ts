import type { Domain } from '../engine/domain.ts';

/** Heading of a domain's operations in the API document. */
export function tagOf(domain: Domain): string {
  return `migration: ${domain.title.toLowerCase()}`;
}

/** A list parameter, repeated (`a=1&a=2`) or with commas (`a=1,2`): spec section 3.1. */
export function listParam(value: unknown): string[] {
  const texts = Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];
  return texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
}
