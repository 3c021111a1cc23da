// Pages as the mapping service gives them: spec section 3.6.1.

export interface PageRequest {
  number: number;
  size: number;
  sort: { property: string; isDescending: boolean } | undefined;
}

const DEFAULT_SIZE = 10;
const MAX_SIZE = 20_000;
const MAX_NUMBER = 1_000_000;

/** What is no number counts as absent, as in the service's framework. */
export function readPage(query: unknown): PageRequest {
  const { page, size, sort } = query as Record<string, unknown>;
  const [property, direction] = String(Array.isArray(sort) ? sort[0] : (sort ?? '')).split(',');
  return {
    number: Math.min(wholeNumber(page) ?? 0, MAX_NUMBER),
    size: Math.min(wholeNumber(size) || DEFAULT_SIZE, MAX_SIZE),
    sort: property ? { property, isDescending: direction?.toLowerCase() === 'desc' } : undefined,
  };
}

/** Shape A is Spring's `Page`, shape B its `PagedModel`. */
export function presentPage(shape: 'A' | 'B', content: object[], page: PageRequest & { total: number }) {
  const { number, size, total } = page;
  const totalPages = Math.ceil(total / size);
  if (shape === 'B') return { content, page: { size, number, totalElements: total, totalPages } };
  const isSorted = page.sort !== undefined;
  const sort = { empty: !isSorted, sorted: isSorted, unsorted: !isSorted };
  return {
    content,
    pageable: {
      sort,
      offset: number * size,
      pageNumber: number,
      pageSize: size,
      paged: true,
      unpaged: false,
    },
    totalElements: total,
    totalPages,
    last: number + 1 >= totalPages,
    first: number === 0,
    size,
    number,
    numberOfElements: content.length,
    sort,
    empty: content.length === 0,
  };
}

function wholeNumber(value: unknown): number | undefined {
  return /^\d{1,9}$/.test(String(value)) ? Number(value) : undefined;
}
