import { HttpError } from '#platform/http';
import type { DirectoryContext } from '../context.ts';
import { readServices } from '../dos/service-queries.ts';
import { formatPeriods, WEEKDAYS } from '../opening-times/open-periods.ts';
import { profileOf } from '../profiles.ts';
import { NoRowsError, runTestQuery } from './handler-queries.ts';
import { toNumberedParameters } from './psycopg-query.ts';

/** What the helper is asked: spec section 6.16. */
export interface DosDbRequest {
  type?: unknown;
  query?: unknown;
  query_vars?: unknown;
  service_id?: unknown;
}

export function mayUseDosDbHandler({ config }: DirectoryContext): boolean {
  return profileOf(config.profile).hasTestHelpers;
}

/**
 * The test helper that reads and writes the directory database at will (spec section 6.16). It refuses to exist in
 * `live`. Throws an HttpError 400 for what it cannot do, with the messages of the original.
 */
export async function handleDosDbRequest(ctx: DirectoryContext, request: DosDbRequest): Promise<unknown> {
  if (!mayUseDosDbHandler(ctx)) {
    throw new HttpError(
      403,
      'not_in_live',
      `The DoS database helper does not exist in PROFILE=${ctx.config.profile}`,
    );
  }
  switch (request.type) {
    case 'read':
    case 'write':
      return runAsText(ctx, request);
    case 'insert':
      await runAsText(ctx, request);
      return 'True';
    case 'change_event_standard_opening_times':
      return standardOpeningTimes(ctx, request);
    case 'change_event_specified_opening_times':
      return specifiedOpeningTimes(ctx, request);
    default:
      throw new HttpError(400, 'unsupported', 'Unsupported request');
  }
}

/** The rows as JSON text. A query without rows to return is refused, as the original's driver does. */
async function runAsText(ctx: DirectoryContext, { query, query_vars: given }: DosDbRequest): Promise<string> {
  if (typeof query !== 'string' || query.trim() === '')
    throw new HttpError(400, 'invalid_query', 'Missing query');
  try {
    return JSON.stringify(await runTestQuery(ctx.dos.writer, toNumberedParameters(query, given)));
  } catch (error) {
    if (error instanceof HttpError) throw error;
    if (error instanceof NoRowsError)
      throw new HttpError(400, 'invalid_query', error.message, { cause: error });
    const { code, message } = error as { code?: string; message?: string };
    // SQLSTATE has five characters; anything else is a fault of ours or of the connection.
    if (!/^[0-9A-Z]{5}$/.test(code ?? '')) throw error;
    throw new HttpError(400, 'query_failed', `The query failed: ${message}`, { cause: error });
  }
}

interface Period {
  start_time: string;
  end_time: string;
}

async function standardOpeningTimes(ctx: DirectoryContext, request: DosDbRequest) {
  const service = await serviceOf(ctx, request);
  const days = WEEKDAYS.map((day, index): [string, Period[]] => [
    day.charAt(0).toUpperCase() + day.slice(1),
    toPeriods(service.standardTimes[index] ?? []),
  ]);
  return Object.fromEntries(days);
}

async function specifiedOpeningTimes(ctx: DirectoryContext, request: DosDbRequest) {
  const service = await serviceOf(ctx, request);
  return Object.fromEntries(
    service.specifiedTimes.map(({ date, isOpen, periods }) => [date, isOpen ? toPeriods(periods) : []]),
  );
}

function toPeriods(periods: Parameters<typeof formatPeriods>[0]): Period[] {
  return formatPeriods(periods).map((text) => {
    const [start_time = '', end_time = ''] = text.split('-');
    return { start_time, end_time };
  });
}

async function serviceOf(ctx: DirectoryContext, { service_id: given }: DosDbRequest) {
  if (given === undefined || given === null || given === '') {
    throw new HttpError(400, 'missing_service_id', 'Missing service_id');
  }
  const id = Number(given);
  const isId = Number.isInteger(id) && id > 0 && id < 2_147_483_648;
  const service = isId ? (await readServices(ctx.dos.writer.kysely, [id])).get(id) : undefined;
  if (!service) throw new HttpError(404, 'not_found', `Service ID ${given} not found`);
  return service;
}
