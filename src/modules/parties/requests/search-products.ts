import { PartiesError } from '../errors.ts';
import { byCodePoint } from './request-object.ts';
import { Problems } from './text-field.ts';

export type SearchProductsRequest =
  | { by: 'product_team_id'; value: string }
  | { by: 'organisation_code'; value: string };

const MODEL = 'SearchProductQueryParams';
const KNOWN = ['product_team_id', 'organisation_code'] as const;

/** The query of GET /Product: exactly one known parameter; of a repeated one the last value counts. */
export function readSearchProducts(url: string): SearchProductsRequest {
  const query = readQuery(url);
  const given = KNOWN.filter((name) => query.has(name));
  const unknown = [...query.keys()].filter((name) => !KNOWN.some((known) => known === name));
  const problems = new Problems();
  for (const name of unknown.sort(byCodePoint))
    problems.invalid(`${MODEL}.${name}`, 'extra fields not permitted');
  const [by] = given;
  if (given.length !== 1 || by === undefined) {
    problems.invalid(
      `${MODEL}.__root__`,
      "Please provide exactly one valid query parameter: ('product_team_id', 'organisation_code').",
    );
  }
  if (problems.items.length > 0 || by === undefined) throw new PartiesError(problems.items);
  return { by, value: query.get(by) ?? '' };
}

/** Names and last values. URLSearchParams decodes what is decodable and never throws. */
function readQuery(url: string): Map<string, string> {
  const start = url.indexOf('?');
  return new Map(start === -1 ? [] : new URLSearchParams(url.slice(start + 1)));
}
