import { isWord, say } from './index.ts';

/** An occasion in the visitor's language; an occasion of their own words as it is. */
export function showOccasion(occasion: string): string {
  const word = `occasion_${occasion.toLowerCase().replaceAll(' ', '')}`;
  return isWord(word) ? say(word) : occasion;
}
