import { hash } from '../hmpps/random.ts';

const ALPHABET = 'abcdefghjkmnpqrstuvwxyz123456789';
const HALF = 0x10_0000;
const ROUNDS = [61, 62, 63, 64];

/** The reference of the visit that was made as number `sequence`: four pairs, in no visible order, never twice. */
export function referenceOf(sequence: number): string {
  let left = Math.floor(sequence / HALF) % HALF;
  let right = sequence % HALF;
  for (const seed of ROUNDS) [left, right] = [right, left ^ (hash(seed, right) % HALF)];
  return `${fourLetters(left)}-${fourLetters(right)}`;
}

/** The number that a reference was made of; undefined when it is none. */
export function sequenceOf(reference: string): number | undefined {
  const letters = reference.replaceAll('-', '');
  if (!/^[a-z1-9]{2}(-[a-z1-9]{2}){3}$/.test(reference)) return undefined;
  let [left, right] = [halfOf(letters.slice(0, 4)), halfOf(letters.slice(4))];
  if (left === undefined || right === undefined) return undefined;
  for (const seed of ROUNDS.toReversed()) [left, right] = [right ^ (hash(seed, left) % HALF), left];
  return left * HALF + right;
}

function fourLetters(half: number): string {
  const letter = (place: number): string => ALPHABET[(half >>> (5 * place)) & 31] ?? '';
  return `${letter(3)}${letter(2)}-${letter(1)}${letter(0)}`;
}

function halfOf(letters: string): number | undefined {
  let half = 0;
  for (const letter of letters) {
    const value = ALPHABET.indexOf(letter);
    if (value === -1) return undefined;
    half = half * 32 + value;
  }
  return half;
}
