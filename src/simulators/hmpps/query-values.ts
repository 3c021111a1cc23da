import { localSeconds } from './calendar.ts';

/** A list parameter, repeated (`a=1&a=2`) or with commas (`a=1,2`). */
export function listParameter(query: URLSearchParams, name: string): string[] {
  const values = query.getAll(name);
  return values.length === 0
    ? values
    : values.flatMap((value) => value.split(',')).filter((value) => value !== '');
}

/** Seconds on the wall clock; undefined when absent. A problem when it is not a date-time. */
export function dateTimeParameter(
  query: URLSearchParams,
  name: string,
): { readonly seconds: number | undefined } | { readonly problem: string } {
  const text = query.get(name);
  if (text === null || text === '') return { seconds: undefined };
  const seconds = localSeconds(text);
  return seconds === undefined ? { problem: `Failed to convert value of ${name}: ${text}` } : { seconds };
}

export function flagParameter(query: URLSearchParams, name: string, fallback: boolean): boolean {
  const text = query.get(name);
  return text === null ? fallback : text === 'true';
}

/** A whole number of a path; undefined when it is none. */
export function numberOf(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
