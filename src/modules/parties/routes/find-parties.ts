import { isStorable } from '../domain/text.ts';
import { PartiesError } from '../errors.ts';
import { jsonText } from '../responses/json-text.ts';
import { type FoundParty, findProducts, findTeams, type PartyFilter } from '../store/find-queries.ts';
import { defineAddition, readLimit } from './addition.ts';

/**
 * GET /_search/ProductTeam and /_search/Product: active parties a page at a time, by how the name begins, by
 * organisation, and products by team. Each result is the body that a read of it gives.
 */
export const findProductTeamsPage = search('/_search/ProductTeam', findTeams);
export const findProductsPage = search('/_search/Product', findProducts);

const KNOWN = ['name', 'organisation_code', 'product_team_id', 'after', 'limit'];

function search(path: string, find: typeof findTeams) {
  return defineAddition({
    name: 'find-parties',
    path,
    permission: 'search',
    run: async ({ ctx, query }) => {
      const limit = readLimit(query);
      const filter = readFilter(query, path);
      const found = await find(ctx.databases.parties_read.kysely, filter, limit + 1);
      const shown = found.slice(0, limit);
      const next = found.length > limit ? jsonText(cursorOf(shown.at(-1))) : 'null';
      return { body: `{"results": [${shown.map(({ body }) => body).join(', ')}], "next": ${next}}` };
    },
  });
}

function readFilter(query: URLSearchParams, path: string): PartyFilter {
  for (const [name, value] of query) {
    const isKnown = KNOWN.includes(name) && !(name === 'product_team_id' && path.endsWith('ProductTeam'));
    if (!isKnown) throw PartiesError.invalid(`${name}: extra fields not permitted`);
    if (!isStorable(value)) throw PartiesError.invalid(`${name}: must not hold U+0000`);
  }
  const after = query.get('after');
  return {
    name: query.get('name') ?? undefined,
    odsCode: query.get('organisation_code') ?? undefined,
    team: query.get('product_team_id') ?? undefined,
    after: after === null ? undefined : readCursor(after),
  };
}

/** The place of the last result: its name in lower case and its id. */
function cursorOf(party: FoundParty | undefined): string {
  return party ? Buffer.from(JSON.stringify([party.sort_name, party.id])).toString('base64url') : '';
}

function readCursor(text: string): { name: string; id: string } {
  try {
    const [name, id, ...rest]: unknown[] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const isOurs = typeof name === 'string' && typeof id === 'string' && rest.length === 0;
    if (isOurs && isStorable(name) && isStorable(id)) return { name, id };
  } catch (error) {
    // A text that is not JSON, or JSON that is no list: the same mistake as one that is.
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw PartiesError.invalid('after: must be the `next` of a former page');
}
