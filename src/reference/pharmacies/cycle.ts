/** Turn 0 is 0; the others go round from 1 to `length`, so that none of them meets turn 0 again. */
export function cycle(turn: number, length: number): number {
  return turn === 0 ? 0 : 1 + ((turn - 1) % length);
}
