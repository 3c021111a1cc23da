import { randomUUID } from 'node:crypto';

/** Ids are opaque text (spec section 3.1.7); ours are version 4, because reservation ids must not be guessed. */
export function newId(): string {
  return randomUUID();
}
