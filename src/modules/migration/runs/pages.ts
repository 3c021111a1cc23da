// Which pages of ids a run has: by number, or by last id in several ranges at once (spec section 6.3).
import type { ExpandPayload, IdPage } from '../tasks/definitions.ts';

/** What is known of a range of ids while its pages follow each other. */
export type RangePage = Extract<IdPage, { after: string }>;
export type Division = NonNullable<ExpandPayload['division']>;

/** As many as the estimate says. */
export function pagesByNumber(estimate: number, size: number): IdPage[] {
  return Array.from({ length: Math.ceil(estimate / size) }, (_, number) => ({ number, size }));
}

/**
 * The first work of a run by last id: the pages whose last ids end the ranges, or at once the only, open, range.
 */
export function divisionOf(estimate: number, size: number, ranges: number): Division | RangePage {
  if (ranges < 2 || estimate <= size) return { range: 0, after: FIRST, end: null, size };
  const pages = Math.floor(estimate / size) + 1;
  const numbers = Array.from({ length: ranges - 1 }, (_, nth) => Math.floor(((nth + 1) * pages) / ranges));
  return { index: 0, numbers: [...new Set(numbers)], after: FIRST, size };
}

export interface Divided {
  /** A range that can be walked now; absent where the page ended where the former one did. */
  range?: RangePage;
  next?: Division;
}

/** The next range ends at the last id of the page that was read; without one, all that is left is a single range. */
export function divide(division: Division, keys: string[]): Divided {
  const { index, numbers, after, size } = division;
  const end = keys.at(-1);
  if (end === undefined) return { range: { range: index, after, end: null, size } };
  const isEmpty = Number(end) <= Number(after);
  const range = isEmpty ? {} : { range: { range: index, after, end, size } };
  if (index + 1 < numbers.length) return { ...range, next: { ...division, index: index + 1, after: end } };
  return { ...range, next: { index: index + 1, numbers: [], after: end, size } };
}

/** Ids of the page that belong to its range, and the page after it unless the range is over. */
export function walk(page: RangePage, keys: string[]): { keys: string[]; next?: RangePage } {
  const { end } = page;
  const within = end === null ? keys : keys.filter((key) => Number(key) <= Number(end));
  const last = within.at(-1);
  const isOver = last === undefined || within.length < keys.length || last === end;
  return isOver ? { keys: within } : { keys: within, next: { ...page, after: last } };
}

/** The name of a page within its run. */
export function pageKeyOf(page: IdPage): string {
  if ('number' in page) return String(page.number);
  return 'from' in page ? `${page.from} to ${page.to}` : `${page.range} after ${page.after}`;
}

const FIRST = '0';
