import type { FormFields } from './forms.ts';

/** Links of a list that goes on: the same filters with the next key, and back to the first page. */
export function pageLinks(path: string, query: FormFields, next: string | undefined) {
  return {
    ...(next === undefined ? {} : { next: listPath(path, { ...query.values, after: next }) }),
    ...(query.text('after') === '' ? {} : { first: listPath(path, { ...query.values, after: '' }) }),
  };
}

export function listPath(path: string, values: Record<string, string | undefined>): string {
  const parameters = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return parameters.length === 0 ? path : `${path}?${new URLSearchParams(parameters)}`;
}
