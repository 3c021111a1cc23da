import { HttpError } from '#platform/http';

/**
 * A query with parameters as psycopg takes them: `%s` by place with a list, `%(NAME)s` by name with an object, and `%%`
 * for a per cent sign. Without parameters the text stands as it is. Throws an HttpError 400 when the two do not fit.
 */
export function toNumberedParameters(query: string, given: unknown): { text: string; values: unknown[] } {
  if (given === undefined || given === null) return { text: query, values: [] };
  const values: unknown[] = [];
  const places = new Map<string, number>();
  let used = 0;
  const text = query.replace(/%(?:%|s|\((\w+)\)s)/g, (match, name: string | undefined) => {
    if (match === '%%') return '%';
    if (name === undefined) {
      if (!Array.isArray(given) || used >= given.length) throw misfit('a value is missing for %s');
      values.push(given[used]);
      used += 1;
      return `$${values.length}`;
    }
    if (typeof given !== 'object' || Array.isArray(given) || !Object.hasOwn(given, name)) {
      throw misfit(`there is no value named ${name}`);
    }
    const known = places.get(name);
    if (known !== undefined) return `$${known}`;
    // Checked above: an object that has this member.
    values.push((given as Record<string, unknown>)[name]);
    places.set(name, values.length);
    return `$${values.length}`;
  });
  if (Array.isArray(given) && used < given.length) throw misfit('there are more values than %s in the query');
  return { text, values };
}

function misfit(problem: string): HttpError {
  return new HttpError(400, 'invalid_query', `query and query_vars do not fit: ${problem}`);
}
