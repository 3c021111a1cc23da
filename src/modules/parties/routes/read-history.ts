import { isStorable } from '../domain/text.ts';
import { PartiesError, productNotFound, teamNotFound } from '../errors.ts';
import { changeText, stateOf } from '../history/change-text.ts';
import { selectHistory, selectStateAsOf } from '../history/history-queries.ts';
import { type Addition, type AdditionInput, defineAddition, readLimit } from './addition.ts';

type Kind = 'product_team' | 'product';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/;
const SEQ = /^\d{1,18}$/;

/**
 * GET /_history/ProductTeam/{id or alias} and /_history/Product/{id}: who changed what and when; with `as_of`, what the
 * party was at that instant, deleted ones included.
 */
export const readTeamHistory = history('/_history/ProductTeam/:id', 'product_team');
export const readProductHistory = history('/_history/Product/:id', 'product');

function history(path: string, kind: Kind): Addition {
  return defineAddition({
    name: 'read-history',
    path,
    permission: 'history',
    run: async (input) => {
      const given = input.params.id ?? '';
      if (!isStorable(given)) throw notFound(kind, given);
      const asOf = input.query.get('as_of');
      return {
        body:
          asOf === null ? await listChanges(input, kind, given) : await readState(input, kind, given, asOf),
      };
    },
  });
}

async function listChanges({ ctx, query }: AdditionInput, kind: Kind, given: string): Promise<string> {
  const limit = readLimit(query);
  const after = query.get('after') ?? '0';
  if (!SEQ.test(after)) throw PartiesError.invalid('after: must be the `next` of a former page');
  const rows = await selectHistory(
    ctx.databases.parties_read.kysely,
    { kind, given },
    { after, limit: limit + 1 },
  );
  if (rows.length === 0 && after === '0') throw notFound(kind, given);
  const shown = rows.slice(0, limit);
  const next = rows.length > limit ? `"${shown.at(-1)?.seq}"` : 'null';
  return `{"changes": [${shown.map(changeText).join(', ')}], "next": ${next}}`;
}

async function readState({ ctx }: AdditionInput, kind: Kind, given: string, asOf: string): Promise<string> {
  if (!INSTANT.test(asOf) || Number.isNaN(Date.parse(asOf))) {
    throw PartiesError.invalid('as_of: must be an instant such as 2026-11-20T18:01:12.663342+00:00');
  }
  const change = await selectStateAsOf(ctx.databases.parties_read.kysely, { kind, given }, asOf);
  if (!change) throw notFound(kind, given);
  return stateOf(change);
}

function notFound(kind: Kind, given: string): PartiesError {
  return kind === 'product' ? productNotFound(given) : teamNotFound(given);
}
