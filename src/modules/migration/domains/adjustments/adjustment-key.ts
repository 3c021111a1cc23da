/** Ids of the two categories overlap, so a key is both: `SENTENCE/150001`. */
export type AdjustmentCategory = 'SENTENCE' | 'KEY-DATE';

export const CATEGORIES: readonly AdjustmentCategory[] = ['SENTENCE', 'KEY-DATE'];

export function adjustmentKey(category: AdjustmentCategory, id: number): string {
  return `${category}/${id}`;
}

export function categoryOf(key: string): AdjustmentCategory {
  return key.startsWith('SENTENCE/') ? 'SENTENCE' : 'KEY-DATE';
}

export function idOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}
