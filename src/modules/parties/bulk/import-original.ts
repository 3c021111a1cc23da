import type { Handle } from '#platform/db';
import type { SourceRow } from '#platform/files';
import { CommandRefusal } from '#platform/module';
import type { PartiesContext } from '../context.ts';
import { productDeleted, teamDeleted } from '../domain/domain-events.ts';
import { aliasOf } from '../domain/product-team.ts';
import { productBody, teamBody } from '../responses/bodies.ts';
import { insertDomainEvents, type NewEventRow } from '../store/event-queries.ts';
import { importProducts, importTeams, selectTaken } from './import-queries.ts';
import { type OriginalParty, type OriginalRow, readOriginalRow } from './original-rows.ts';

export interface ImportResult {
  teams: number;
  products: number;
  deleted: number;
}

type ImportContext = Pick<PartiesContext, 'db' | 'register'>;
type Team = Extract<OriginalParty, { kind: 'product_team' }>;
type OriginalProduct = Extract<OriginalParty, { kind: 'product' }>;

/** Rows of one statement. */
const CHUNK = 1_000;
const APPLICATION = 'import';
const MOST_PROBLEMS_SHOWN = 200;

/**
 * Takes over the table of the original with ids, aliases, times and deleted parties as they are, in one transaction.
 * Refuses it whole, and says of every row why, when an id is there twice (which the original allowed for products of two
 * teams, D6), a product has no team, or something is in the register already. ODS codes are not asked for again.
 */
export async function importOriginal(
  { db, register }: ImportContext,
  rows: AsyncIterable<SourceRow>,
): Promise<ImportResult> {
  const read: OriginalRow[] = [];
  for await (const row of rows) read.push(readOriginalRow(row));
  const teams = read.filter((row) => row.kind === 'product_team');
  const products = read.filter((row) => row.kind === 'product');
  const problems = [...findProblems(read), ...findDuplicates(teams, products)];
  return db.kysely.transaction().execute(async (trx) => {
    problems.push(...(await findTaken(trx, teams, products)));
    if (problems.length > 0) refuse(problems);
    const retired = retirements(read);
    for (const part of chunks(teams))
      await importTeams(
        trx,
        part.map((team) => teamRow(team, retired)),
      );
    for (const part of chunks(products)) await importProducts(trx, part.map(productRow));
    for (const part of chunks([...teams, ...products])) {
      await insertDomainEvents(trx, part.flatMap(eventsOf));
    }
    const deleted = [...teams, ...products].filter(({ deletedOn }) => deletedOn !== null).length;
    const result = { teams: teams.length, products: products.length, deleted };
    await register.append(trx, [
      { name: 'parties.imported', correlationId: null, subjects: [], properties: { ...result } },
    ]);
    return result;
  });
}

function refuse(problems: string[]): never {
  const shown = problems.slice(0, MOST_PROBLEMS_SHOWN);
  const rest = problems.length - shown.length;
  throw new CommandRefusal(
    [
      'Nothing was imported:',
      ...shown.map((problem) => `  ${problem}`),
      ...(rest > 0 ? [`  and ${rest} more`] : []),
    ].join('\n'),
  );
}

function findProblems(rows: OriginalRow[]): string[] {
  const teamIds = new Set(rows.flatMap((row) => (row.kind === 'product_team' ? [row.party.id] : [])));
  return rows.flatMap((row) => {
    if (row.kind === 'unreadable') return [`line ${row.line} ${row.problem}`];
    if (row.kind === 'product' && !teamIds.has(row.party.cpmProductTeamId)) {
      return [`line ${row.line}: product ${row.party.id} has no team ${row.party.cpmProductTeamId}`];
    }
    if (row.kind === 'alias' && !teamIds.has(row.teamId)) {
      return [`line ${row.line}: alias ${row.alias} has no team ${row.teamId}`];
    }
    return [];
  });
}

/** Ids that are in the file more than once: of products, and of teams with their live aliases. */
function findDuplicates(teams: Team[], products: OriginalProduct[]): string[] {
  const names = [
    ...products.map(({ line, party }) => ({ line, name: party.id })),
    ...teams.map(({ line, party }) => ({ line, name: party.id })),
    ...teams.flatMap(({ line, party, deletedOn }) => {
      const alias = deletedOn === null ? aliasOf(party) : null;
      return alias === null ? [] : [{ line, name: alias }];
    }),
  ];
  const lines = new Map<string, number[]>();
  for (const { line, name } of names) {
    const known = lines.get(name);
    if (known) known.push(line);
    else lines.set(name, [line]);
  }
  return [...lines]
    .filter(([, found]) => found.length > 1)
    .map(([name, found]) => `${name} is there ${found.length} times, in lines ${found.join(', ')}`);
}

async function findTaken(trx: Handle, teams: Team[], products: OriginalProduct[]): Promise<string[]> {
  const taken: string[] = [];
  for (const part of chunks(teams)) {
    const names = part.flatMap(({ party }) => [party.id, ...party.keys.map((key) => key.key_value)]);
    taken.push(...(await selectTaken(trx, { identifiers: names, productIds: [] })));
  }
  for (const part of chunks(products)) {
    const ids = part.map(({ party }) => party.id);
    taken.push(...(await selectTaken(trx, { identifiers: [], productIds: ids })));
  }
  return taken.map((id) => `${id} is in the register already`);
}

/** When the alias of each deleted team was retired, from the rows that remember it. */
function retirements(rows: OriginalRow[]): Map<string, number> {
  return new Map(
    rows.flatMap((row) =>
      row.kind === 'alias' && row.retiredAtMs !== null ? [[row.teamId, row.retiredAtMs] as const] : [],
    ),
  );
}

function teamRow({ party, deletedOn }: Team, retired: Map<string, number>) {
  return {
    id: party.id,
    name: party.name,
    ods_code: party.odsCode,
    created_on: party.createdOn,
    deleted_on: deletedOn,
    keys: party.keys,
    alias: aliasOf(party),
    retired_at_ms: deletedOn === null ? null : (retired.get(party.id) ?? Date.parse(deletedOn)),
    body: teamBody(party),
  };
}

function productRow({ party, deletedOn }: OriginalProduct) {
  return {
    id: party.id,
    cpm_product_team_id: party.cpmProductTeamId,
    product_team_id: party.productTeamId,
    name: party.name,
    ods_code: party.odsCode,
    created_on: party.createdOn,
    deleted_on: deletedOn,
    body: productBody(party),
  };
}

/** The events that the register would have if the party had been made here. */
function eventsOf(row: OriginalParty): NewEventRow[] {
  const { kind, party, deletedOn } = row;
  const common = {
    aggregate_type: kind,
    aggregate_id: party.id,
    application: APPLICATION,
    correlation_id: null,
  };
  const isTeam = kind === 'product_team';
  const body: Record<string, unknown> = JSON.parse(isTeam ? teamBody(row.party) : productBody(row.party));
  if (!isTeam) delete body.keys;
  const created = {
    ...common,
    name: isTeam ? 'product_team_created_event' : 'cpm_product_created_event',
    payload: body,
    occurred_at: party.createdOn,
  };
  if (deletedOn === null) return [created];
  const { name, payload } = isTeam ? teamDeleted(row.party, deletedOn) : productDeleted(row.party, deletedOn);
  return [created, { ...common, name, payload, occurred_at: deletedOn }];
}

function chunks<T>(items: T[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length; at += CHUNK) parts.push(items.slice(at, at + CHUNK));
  return parts;
}
