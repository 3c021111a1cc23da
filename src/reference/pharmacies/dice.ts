/** A number from 0 up to `sides`, always the same for the same subject and purpose. */
export function roll(sides: number, subject: string, purpose: string): number {
  return hash(`${purpose}:${subject}`) % sides;
}

/** The entry of a list that `roll` picks. */
export function pick<T>(list: readonly [T, ...T[]], subject: string, purpose: string): T {
  return list[roll(list.length, subject, purpose)] ?? list[0];
}

// FNV-1a with the final mix of MurmurHash3, so that neighbouring codes do not get neighbouring numbers.
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
