import type { Reply } from '../frame/replies.ts';

/** The largest page that the services serve. */
const MAX_PAGE_SIZE = 20_000;

export interface PageRequest {
  readonly page: number;
  readonly size: number;
  /** Undefined when the caller named no order. */
  readonly sort: { readonly property: string; readonly descending: boolean } | undefined;
}

/** `page`, `size` and `sort` of a query; like the framework it stands for, it takes the default for what is no number. */
export function pageRequest(query: URLSearchParams, defaultSize = 10): PageRequest {
  const size = wholeNumber(query.get('size'));
  const [property, direction] = query.get('sort')?.split(',') ?? [];
  return {
    page: wholeNumber(query.get('page')) ?? 0,
    size: size === undefined || size === 0 ? defaultSize : Math.min(size, MAX_PAGE_SIZE),
    sort: property ? { property, descending: direction?.toLowerCase() === 'desc' } : undefined,
  };
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/**
 * A page with everything that the framework prints around it. `content` is JSON already: the pages of ids are asked
 * for so often that objects would cost more than all the rest.
 */
export function springPage(
  content: readonly string[],
  request: PageRequest,
  totalElements: number,
  sorted: boolean,
): Reply {
  const { page, size } = request;
  const totalPages = Math.ceil(totalElements / size);
  const sort = `{"empty":${!sorted},"sorted":${sorted},"unsorted":${!sorted}}`;
  const body = `{"content":[${content.join(',')}],"pageable":{"sort":${sort},"offset":${page * size},"pageNumber":${page},"pageSize":${size},"paged":true,"unpaged":false},"totalElements":${totalElements},"totalPages":${totalPages},"last":${page + 1 >= totalPages},"first":${page === 0},"size":${size},"number":${page},"numberOfElements":${content.length},"sort":${sort},"empty":${content.length === 0}}`;
  return { status: 200, headers: JSON_HEADERS, body };
}

const JSON_HEADERS = { 'content-type': 'application/json' };
