import { hash } from 'node:crypto';

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
    for (const place of this.#places(key)) {
      const word = place >>> 5;
      this.#bits[word] = (this.#bits[word] ?? 0) | (1 << (place & 31));
    }
  }

  has(key: string): boolean {
    return this.#places(key).every((place) => ((this.#bits[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0);
  }

  /** Two numbers of one hash give all probes. */
  #places(key: string): number[] {
    const digest = hash('md5', key, 'buffer');
    const [first, step] = [digest.readUIntBE(0, 6), digest.readUIntBE(6, 6)];
    return Array.from({ length: PROBES }, (_, probe) => (first + probe * step) % this.#size);
  }
}
