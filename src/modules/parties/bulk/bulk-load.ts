import type { SourceRow } from '#platform/files';
import type { PartiesContext } from '../context.ts';
import { newProductId, newTeamId } from '../domain/identifiers.ts';
import { invalidProductName } from '../domain/product.ts';
import { timestampNow } from '../domain/timestamp.ts';
import { type ErrorItem, itemExists, PartiesError, teamNotFound } from '../errors.ts';
import { insertProductCreations, type ProductCreation } from '../store/create-products.ts';
import { insertTeamCreations, type TeamCreation } from '../store/create-teams.ts';
import type { StatementTarget } from '../store/named-statement.ts';
import { advanceLoad, beginLoad, finishLoad, type LoadProgress } from './bulk-queries.ts';
import { type LoadRow, odsCodeProblem, readLoadRow } from './load-row.ts';

/** What became of one record. */
export interface RowReport {
  line: number;
  type: string | undefined;
  status: 'created' | 'refused';
  id?: string;
  errors?: ErrorItem[];
}

export interface LoadOptions {
  /** The same for the same file: a load that was cut off goes on behind what it committed. */
  id: string;
  rows: AsyncIterable<SourceRow>;
  application: string;
  /** Called once a chunk is durable, with its rows in their order. */
  onChunk: (reports: RowReport[], progress: LoadProgress) => Promise<void>;
}

/** Records of one transaction. */
const CHUNK = 1_000;
/** Codes that the directory is asked about at a time. */
const ODS_AT_ONCE = 8;
const MAX_DRAWS = 10;

type LoadContext = Pick<PartiesContext, 'db' | 'register' | 'clock' | 'odsCodes' | 'log'>;

/**
 * Creates the parties of a file by the rules of the interface, a thousand records in each transaction together with the
 * place the load has reached. Rejects when the organisation directory or the database is down: run it again later.
 */
export async function bulkLoad(ctx: LoadContext, options: LoadOptions): Promise<LoadProgress> {
  const progress = await beginLoad(ctx.db.kysely, options.id, ctx.clock.now());
  if (progress.isFinished) return progress;
  const alreadyDone = progress.rowsDone;
  let seen = 0;
  let chunk: LoadRow[] = [];
  const flush = async (): Promise<void> => {
    if (chunk.length === 0) return;
    const reports = await loadChunk(ctx, options, chunk, progress);
    await options.onChunk(reports, progress);
    chunk = [];
  };
  for await (const row of options.rows) {
    seen += 1;
    if (seen <= alreadyDone) continue;
    chunk.push(readLoadRow(row));
    if (chunk.length === CHUNK) await flush();
  }
  await flush();
  await finishLoad(ctx.db.kysely, options.id, ctx.clock.now());
  return { ...progress, isFinished: true };
}

async function loadChunk(
  ctx: LoadContext,
  { id, application }: LoadOptions,
  rows: LoadRow[],
  progress: LoadProgress,
): Promise<RowReport[]> {
  const badCodes = await checkCodes(ctx, rows, id);
  const reports = await ctx.db.kysely.transaction().execute(async (trx) => {
    const origin = { application, correlationId: `load-${id}` };
    const made = await writeRows(ctx, trx, { rows, badCodes, origin });
    const created = made.filter(({ status }) => status === 'created').length;
    const isOurs = await advanceLoad(trx, {
      id,
      from: progress.rowsDone,
      to: progress.rowsDone + rows.length,
      created,
      refused: rows.length - created,
      now: ctx.clock.now(),
    });
    if (!isOurs) throw new Error('Another run of the same load is under way');
    return made;
  });
  const created = reports.filter(({ status }) => status === 'created').length;
  progress.rowsDone += rows.length;
  progress.created += created;
  progress.refused += rows.length - created;
  return reports;
}

/** What is wrong with each code that is bad; asked before the transaction opens. */
async function checkCodes(ctx: LoadContext, rows: LoadRow[], id: string): Promise<Map<string, ErrorItem[]>> {
  const codes = [...new Set(rows.flatMap((row) => (row.kind === 'product_team' ? [row.odsCode] : [])))];
  const bad = new Map<string, ErrorItem[]>();
  const check = async (code: string): Promise<void> => {
    try {
      await ctx.odsCodes.check(code, `load-${id}`);
    } catch (error) {
      if (!(error instanceof PartiesError) || error.status >= 500) throw error;
      bad.set(code, error.items);
      return;
    }
    const problem = odsCodeProblem(code);
    if (problem) bad.set(code, problem);
  };
  while (codes.length > 0) await Promise.all(codes.splice(0, ODS_AT_ONCE).map(check));
  return bad;
}

interface Writing {
  rows: LoadRow[];
  badCodes: Map<string, ErrorItem[]>;
  origin: TeamCreation['origin'];
}

/** Teams before products, so that a product may follow its team in the same chunk. */
async function writeRows(ctx: LoadContext, target: StatementTarget, writing: Writing): Promise<RowReport[]> {
  const { rows, badCodes, origin } = writing;
  const teams = new Map<LoadRow, TeamCreation>();
  const products = new Map<LoadRow, ProductCreation>();
  const createdOn = timestampNow(ctx.clock);
  for (const row of rows) {
    if (row.kind === 'product_team' && !badCodes.has(row.odsCode)) {
      const { odsCode, name, keys } = row;
      teams.set(row, { team: { id: newTeamId(), odsCode, name, keys, createdOn }, origin });
    } else if (row.kind === 'product') {
      products.set(row, { id: newProductId(), team: row.team, name: row.name, createdOn, origin });
    }
  }
  if (teams.size > 0) await insertTeamCreations(target, ctx.register, [...teams.values()]);
  await insertWithRedraws(ctx, target, [...products.values()]);
  return rows.map((row) => {
    if (row.kind === 'refused') return refused(row.line, row.type, row.errors);
    if (row.kind === 'product') return productReport(row.line, products.get(row));
    const errors = badCodes.get(row.odsCode);
    return errors ? refused(row.line, row.kind, errors) : teamReport(row.line, teams.get(row));
  });
}

async function insertWithRedraws(
  ctx: LoadContext,
  target: StatementTarget,
  creations: ProductCreation[],
): Promise<void> {
  let open = creations;
  for (let draw = 0; open.length > 0 && draw < MAX_DRAWS; draw += 1) {
    await insertProductCreations(target, ctx.register, open);
    open = open.filter((creation) => creation.outcome?.kind === 'id_taken');
    for (const creation of open) creation.id = newProductId();
  }
  if (open.length > 0) throw new Error(`${MAX_DRAWS} product ids in a row were taken`);
}

function teamReport(line: number, creation: TeamCreation | undefined): RowReport {
  if (creation?.outcome?.created)
    return { line, type: 'product_team', status: 'created', id: creation.team.id };
  return refused(line, 'product_team', itemExists().items);
}

function productReport(line: number, creation: ProductCreation | undefined): RowReport {
  if (creation?.outcome?.kind === 'created') {
    return { line, type: 'product', status: 'created', id: creation.id };
  }
  const isUnknownTeam = creation?.outcome?.kind === 'team_not_found';
  return refused(
    line,
    'product',
    isUnknownTeam ? teamNotFound(creation.team).items : invalidProductName().items,
  );
}

function refused(line: number, type: string | undefined, errors: ErrorItem[]): RowReport {
  return { line, type, status: 'refused', errors };
}
