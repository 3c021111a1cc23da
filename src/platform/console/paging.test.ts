import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergePages, type PageSource } from './paging.ts';

/** Times counting down; the cursor is the last one shown, as keyset pages have it. */
function source(name: string, times: number[]): PageSource<number> {
  return {
    name,
    fetch: async ({ after, limit }) => {
      const rest = times.filter((time) => after === undefined || time < Number(after));
      const items = rest.slice(0, limit);
      return { items, next: rest.length > limit ? String(items.at(-1)) : undefined };
    },
  };
}

async function readAll(sources: PageSource<number>[], limit: number): Promise<number[]> {
  const seen: number[] = [];
  let after: string | undefined;
  do {
    const page = await mergePages(sources, { after, limit, timeOf: (time) => new Date(time) });
    seen.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return seen;
}

test('pages over several sources show everything once, newest first', async () => {
  const one = [90, 80, 70, 60, 50, 40, 5];
  const other = [95, 45, 44, 43, 42, 41];
  for (const limit of [1, 2, 3, 5, 100]) {
    const all = await readAll([source('one', one), source('other', other), source('none', [])], limit);
    assert.deepEqual(
      all,
      [...one, ...other].sort((a, b) => b - a),
      `pages of ${limit}`,
    );
  }
});

test('a cursor that was cut short starts again at the newest', async () => {
  const sources = [source('one', [3, 2, 1])];
  for (const after of ['x', 'bnVsbA', 'W10', '%%%']) {
    const page = await mergePages(sources, { after, limit: 2, timeOf: (time) => new Date(time) });
    assert.deepEqual(page.items, [3, 2]);
  }
});
