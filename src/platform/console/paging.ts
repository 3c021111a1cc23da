/** One place that a list is read from: a store of its own keyset and cursor. */
export interface PageSource<T> {
  name: string;
  fetch(page: { after?: string; limit: number }): Promise<{ items: T[]; next?: string | undefined }>;
}

/** Cursor of each source that has more; null for one that is exhausted, absent for one not begun. */
type Positions = Record<string, string | null>;

/**
 * One page over several databases, newest first. A source's cursor names the end of its own page, so when only part
 * of a page fits, that part is asked for again to learn where it ends. With one source nothing is asked twice.
 */
export async function mergePages<T>(
  sources: PageSource<T>[],
  options: { after: string | undefined; limit: number; timeOf: (item: T) => Date },
): Promise<{ items: T[]; next?: string | undefined }> {
  const { limit, timeOf } = options;
  const positions = parsePositions(options.after);
  const fetched = await Promise.all(
    sources.map(async (source) => {
      const after = positions[source.name];
      const page = after === null ? { items: [] } : await source.fetch(pageOf(after, limit));
      return { source, page };
    }),
  );
  const all = fetched.flatMap(({ source, page }) => page.items.map((item) => ({ source, item })));
  all.sort((one, other) => timeOf(other.item).getTime() - timeOf(one.item).getTime());
  const shown = all.slice(0, limit);
  const next: Positions = {};
  for (const { source, page } of fetched) {
    const used = shown.filter((entry) => entry.source === source).length;
    const position = await positionAfter(source, { page, used, after: positions[source.name] });
    if (position !== undefined) next[source.name] = position;
  }
  const hasMore = sources.some((source) => next[source.name] !== null);
  return { items: shown.map(({ item }) => item), ...(hasMore ? { next: formatPositions(next) } : {}) };
}

async function positionAfter<T>(
  source: PageSource<T>,
  state: { page: { items: T[]; next?: string | undefined }; used: number; after: string | null | undefined },
): Promise<string | null | undefined> {
  const { page, used, after } = state;
  if (used === page.items.length) return page.next ?? null;
  if (used === 0) return after;
  return (await source.fetch(pageOf(after, used))).next ?? null;
}

function pageOf(after: string | null | undefined, limit: number): { after?: string; limit: number } {
  return typeof after === 'string' ? { after, limit } : { limit };
}

function formatPositions(positions: Positions): string {
  return Buffer.from(JSON.stringify(positions)).toString('base64url');
}

/** A cursor cut short in copying starts again at the first page. */
function parsePositions(text: string | undefined): Positions {
  if (text === undefined || text === '') return {};
  try {
    const positions: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return typeof positions === 'object' && positions !== null ? (positions as Positions) : {};
  } catch {
    return {};
  }
}
