import { randomFillSync, randomUUID } from 'node:crypto';

/** Upper-case letters and digits that are not mistaken for one another: spec section 6.3. */
export const PRODUCT_ID_ALPHABET = 'ACDEFGHJKLMNPRTUVWXY34679';

const PRODUCT_ID = new RegExp(`^P\\.[${PRODUCT_ID_ALPHABET}]{3}-[${PRODUCT_ID_ALPHABET}]{3}$`);

/** A random UUID version 4, in lower case. */
export function newTeamId(): string {
  return randomUUID();
}

/** `P.XXX-XXX` of cryptographic randomness. It may be taken: whoever stores it draws again. */
export function newProductId(): string {
  const letters = Array.from({ length: 6 }, drawLetter).join('');
  return `P.${letters.slice(0, 3)}-${letters.slice(3)}`;
}

export function isProductId(text: string): boolean {
  return PRODUCT_ID.test(text);
}

const pool = Buffer.alloc(1_024);
let used = pool.length;

function drawLetter(): string {
  // 250 is the largest multiple of 25 in a byte: taking more would favour the first letters.
  for (;;) {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const byte = pool[used] ?? 255;
    used += 1;
    if (byte < 250) return PRODUCT_ID_ALPHABET.charAt(byte % 25);
  }
}
