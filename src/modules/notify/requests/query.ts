/** The query of a request: lists where `repeatable` says so and first values elsewhere, in the order of the request. */
export function readQuery(
  url: string,
  repeatable: readonly string[] = [],
): Record<string, string | string[]> {
  const start = url.indexOf('?');
  const query: Record<string, string | string[]> = Object.create(null);
  if (start === -1) return { ...query };
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
    const known = query[name];
    if (!repeatable.includes(name)) query[name] ??= value;
    else if (Array.isArray(known)) known.push(value);
    else query[name] = [value];
  }
  return { ...query };
}

/** `query` as text, its lists as repeated parameters; empty for none. */
export function writeQuery(query: Readonly<Record<string, string | readonly string[]>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((one) => [name, one] as [string, string]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}
