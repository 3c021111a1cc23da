const BITS_PER_KEY = 32;
const PROBES = 8;

/**
 * Remembers which keys were seen in four bytes each (a Bloom filter). It never calls a key unseen that was seen; of the
 * unseen ones it takes less than one in 100,000 for seen, which the next reconciliation is not likely to repeat.
 */
export class SeenKeys {
  readonly #bits: Uint32Array;
  readonly #size: number;

  constructor(expected: number) {
    this.#bits = new Uint32Array(Math.max(1_024, expected));
    this.#size = this.#bits.length * BITS_PER_KEY;
  }

  add(key: string): void {
    let place = scattered(key, 0x811c9dc5);
    // Two numbers give all probes; an odd step never comes back early.
    const step = scattered(key, 0x2545f491) | 1;
    for (let probe = 0; probe < PROBES; probe += 1, place = (place + step) >>> 0) {
      const bit = place % this.#size;
      this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  has(key: string): boolean {
    let place = scattered(key, 0x811c9dc5);
    const step = scattered(key, 0x2545f491) | 1;
    for (let probe = 0; probe < PROBES; probe += 1, place = (place + step) >>> 0) {
      const bit = place % this.#size;
      if (((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

/** 32 bits of a text, each letter in all of them (FNV-1a with the finish of MurmurHash3); many times cheaper than a digest. */
function scattered(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
