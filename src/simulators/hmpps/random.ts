/** A whole number of 32 bits that depends on its inputs alone and looks drawn by chance. */
export function hash(seed: number, value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16) ^ seed, 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  // Ids above 2^32 still differ: the part that the bit operations drop goes in here.
  mixed = (mixed ^ (mixed >>> 16)) + Math.floor(value / 0x1_0000_0000);
  return mixed >>> 0;
}

/** The list in an order that depends on the seed alone. */
export function shuffled<T>(list: readonly T[], seed: number): T[] {
  return list
    .map((item, index) => ({ item, rank: hash(seed, index + 1) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** An id in the form of a UUID that depends on its inputs alone. */
export function uuidOf(seed: number, value: number): string {
  const hex = [1, 2, 3, 4]
    .map((part) =>
      hash(seed + part, value)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
