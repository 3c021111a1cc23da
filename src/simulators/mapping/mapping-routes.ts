import { json, noContent, type Reply } from '../frame/replies.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { notFound, validationFailure } from '../hmpps/api-errors.ts';
import { bodyProblem, isMembers, type MemberKind, type Members } from '../hmpps/body-checks.ts';
import { flagParameter } from '../hmpps/query-values.ts';
import type { Route } from '../hmpps/router.ts';
import { pageRequest, springPage } from '../hmpps/spring-page.ts';
import type { MappingKind } from './mapping-kinds-data.ts';
import type { MappingTable } from './mapping-table.ts';

/** Everything that the mapping service offers for one kind of mapping. */
export function mappingRoutes(kind: MappingKind, table: MappingTable, now: () => string): Route[] {
  const { path } = kind;
  const isMigrated = (row: Members): boolean => row.mappingType === 'MIGRATED';
  const found = (row: Members | undefined, what: string): Reply => (row ? json(200, row) : notFound(what));
  const label = (text: string) => (row: Members) => row.label === text;
  return [
    { method: 'POST', path, answer: (request) => create(kind, table, now(), jsonBody(request)) },
    { method: 'POST', path: `${path}/batch`, answer: (request) => createBatch(kind, table, now(), request) },
    {
      method: 'GET',
      path: `${path}/migrated/latest`,
      answer: () => found(table.list(isMigrated).at(-1), 'No migrated mapping found'),
    },
    {
      method: 'GET',
      path: `${path}/migration-id/{migrationId}`,
      answer: (request, id = '') =>
        page(
          request,
          table.list((row) => isMigrated(row) && label(id)(row)),
        ),
    },
    {
      method: 'DELETE',
      path: `${path}/migration-id/{migrationId}`,
      answer: (_request, id = '') => {
        table.removeAll(label(id));
        return noContent();
      },
    },
    {
      method: 'GET',
      path: kind.byNomis,
      answer: (_request, ...key) => found(table.byNomis(key), kind.nomisMissing(key)),
    },
    {
      method: 'GET',
      path: kind.byDps,
      answer: (_request, id = '') => found(table.byDps(id), kind.dpsMissing(id)),
    },
    {
      method: 'GET',
      path: `${kind.byDps}/all`,
      answer: (_request, id = '') => json(200, table.allByDps(id)),
    },
    {
      method: 'DELETE',
      path: kind.byDps,
      answer: (_request, id = '') => {
        table.removeByDps(id);
        return noContent();
      },
    },
    {
      method: 'PUT',
      path: `${path}/merge/from/{from}/to/{to}`,
      answer: (_request, from = '', to = '') => {
        table.change((row) => row.offenderNo === from, { offenderNo: to });
        return { status: 200, headers: {}, body: '' };
      },
    },
    {
      method: 'PUT',
      path: `${path}/merge/booking-id/{bookingId}/to/{to}`,
      answer: (_request, bookingId = '', to = '') =>
        json(
          200,
          table.change((row) => String(row.nomisBookingId) === bookingId, { offenderNo: to }),
        ),
    },
    { method: 'GET', path, answer: (request) => page(request, table.list()) },
    {
      method: 'DELETE',
      path,
      answer: (request) => {
        table.removeAll(flagParameter(request.query, 'onlyMigrated', false) ? isMigrated : undefined);
        return noContent();
      },
    },
  ];
}

function page(request: SimulatorRequest, rows: readonly Members[]): Reply {
  const asked = pageRequest(request.query);
  const shown = rows.slice(asked.page * asked.size, (asked.page + 1) * asked.size);
  return springPage(
    shown.map((row) => JSON.stringify(row)),
    asked,
    rows.length,
    true,
  );
}

function createBatch(kind: MappingKind, table: MappingTable, now: string, request: SimulatorRequest): Reply {
  const body = jsonBody(request);
  if (!Array.isArray(body)) return validationFailure('the body must be a list');
  for (const mapping of body) {
    const reply = create(kind, table, now, mapping);
    if (reply.status !== 201) return reply;
  }
  return { status: 201, headers: {}, body: '' };
}

function create(kind: MappingKind, table: MappingTable, now: string, body: unknown): Reply {
  const problem = bodyProblem(body, membersOf(kind));
  if (problem !== undefined || !isMembers(body))
    return validationFailure(problem ?? 'the body must be an object');
  const { label, ...mapping } = body;
  const made = table.create({ ...mapping, ...(label == null ? {} : { label }), whenCreated: now });
  return made.status === 'created'
    ? { status: 201, headers: {}, body: '' }
    : conflict(kind, body, made.existing);
}

function membersOf(kind: MappingKind): Record<string, MemberKind> {
  const key = kind.nomis.map(
    (name) => [name, name === 'nomisAdjustmentCategory' ? CATEGORIES : 'number'] as const,
  );
  return { ...Object.fromEntries(key), [kind.dps]: 'text', mappingType: kind.types, label: 'text?' };
}

const CATEGORIES = ['SENTENCE', 'KEY-DATE'];

function conflict(kind: MappingKind, duplicate: Members, existing: Members): Reply {
  const print = (row: Members): string =>
    `${kind.printedAs}(${Object.entries(row)
      .map(([name, value]) => `${name}=${value}`)
      .join(', ')})`;
  const message = `${kind.noun} mapping already exists.\nExisting mapping: ${print(existing)}\nDuplicate mapping: ${print(duplicate)}`;
  return json(409, {
    moreInfo: { duplicate, existing },
    status: '409 CONFLICT',
    errorCode: 1409,
    userMessage: `Conflict: ${message}`,
    developerMessage: message,
  });
}
