// What follows from the name of a domain and the list of its ids: names of queues and paths as the original's, pages of
// ids, filters, bodies of messages. A descriptor states only what is its own.
import { type TObject, Type } from 'typebox';
import type { Upstream, UpstreamRequest } from '../upstreams/index.ts';
import type {
  BulkDeclaration,
  BulkTelemetry,
  CallContext,
  DeclaredRetries,
  MappingField,
  MappingShape,
  SyncDeclaration,
} from './domain.ts';

type Query = NonNullable<UpstreamRequest['query']>;

export interface IdsOfSource {
  /** `/locations/ids`. */
  path: string;
  /** Members that make the key of a record, in order. */
  fields: readonly string[];
  /** `/staff/ids/all-from-id`, whose parameter is the first field: ids are walked from one to the next. */
  afterPath?: string;
  /** `agencyIds`: the member of the answer that lists all ids at once. */
  allIn?: string;
  /** Where the source names ranges of ids, and lists those of one range. */
  ranges?: { path: string; sizeParameter: string; from: string; to: string; inRangePath: string };
}

/** The filter of runs that may be limited to one prison. */
export const prisonFilter = Type.Object({
  prisonId: Type.Optional(Type.Union([Type.String({ title: 'Prison' }), Type.Null()])),
});

/** A bulk run whose filter, if any, goes along as the parameters of the list of ids. */
export function bulkOf<R>(
  name: string,
  bulk: {
    ids: IdsOfSource;
    filter?: TObject;
    readFilter?(body: Record<string, unknown>): Record<string, unknown>;
    /** Parameters of the list of ids, where the filter is not what it takes. */
    queryOf?(filter: Record<string, unknown>): Query;
    telemetry: BulkTelemetry<R>;
    pageSize?: number;
    retries?: DeclaredRetries;
  },
): BulkDeclaration<R> {
  const { ids, filter = Type.Object({}), queryOf = asQuery, telemetry, pageSize = 1_000 } = bulk;
  const { afterPath } = ids;
  return {
    queueId: `migration${name.replaceAll('_', '')}`,
    queueName: `migration_${name}_queue`,
    dlqName: `migration_${name}_dlq`,
    startPath: `/migrate/${name.replaceAll('_', '-')}`,
    filter,
    readFilter:
      bulk.readFilter ??
      ((body) =>
        Object.fromEntries(
          Object.keys(filter.properties).flatMap((field) => (body[field] ? [[field, body[field]]] : [])),
        )),
    pageSize,
    ...(bulk.retries === undefined ? {} : { retries: bulk.retries }),
    readIds: readIdsOf(ids, queryOf),
    ...(ids.allIn === undefined ? {} : { isAllAtOnce: true }),
    ...(ids.ranges === undefined ? {} : { ranges: rangesOf(ids, ids.ranges, queryOf) }),
    ...(afterPath === undefined ? {} : { readIdsAfter: readIdsAfterOf(ids, afterPath, queryOf) }),
    entityBody: (key) => {
      const parts = key.split('/');
      return Object.fromEntries(ids.fields.map((field, nth) => [field, asNumber(parts[nth] ?? '')]));
    },
    telemetry,
  };
}

type Id = Record<string, unknown> | string | number;

/** `Page` (A) or `PagedModel` (B) of the framework. */
interface IdsPage {
  content: Id[];
  totalElements?: number;
  page?: { totalElements: number };
}

function readIdsOf(
  { path, fields, allIn }: IdsOfSource,
  queryOf: (filter: Record<string, unknown>) => Query,
): BulkDeclaration<unknown>['readIds'] {
  if (allIn !== undefined) {
    return async (source, filter, page, call) => {
      const found = await source.read<Record<string, Id[]>>({
        path,
        template: path,
        query: queryOf(filter),
        ...call,
      });
      const all = found?.[allIn] ?? [];
      const keys = page.number === 0 ? all.map((item) => keyOf(item, fields)) : [];
      return { keys, totalElements: all.length };
    };
  }
  return async (source, filter, page, call) => {
    const query = { ...queryOf(filter), page: page.number, size: page.size };
    const found = await source.read<IdsPage>({ path, template: path, query, ...call });
    return {
      keys: found?.content.map((item) => keyOf(item, fields)) ?? [],
      totalElements: found?.totalElements ?? found?.page?.totalElements ?? 0,
    };
  };
}

function readIdsAfterOf(
  { fields }: IdsOfSource,
  path: string,
  queryOf: (filter: Record<string, unknown>) => Query,
) {
  return async (
    source: Upstream,
    filter: Record<string, unknown>,
    { after, size }: { after: string; size: number },
    call: CallContext,
  ): Promise<string[]> => {
    const query = { ...queryOf(filter), [fields[0] ?? 'id']: after, size };
    const found = await source.read<{ ids: Record<string, unknown>[] }>({
      path,
      template: path,
      query,
      ...call,
    });
    return found?.ids.map((item) => keyOf(item, fields)) ?? [];
  };
}

function rangesOf(
  { fields }: IdsOfSource,
  ranges: NonNullable<IdsOfSource['ranges']>,
  queryOf: (filter: Record<string, unknown>) => Query,
): NonNullable<BulkDeclaration<unknown>['ranges']> {
  const { path, sizeParameter, from, to, inRangePath } = ranges;
  return {
    async list(source, filter, size, call) {
      const query = { ...queryOf(filter), [sizeParameter]: size };
      const found = await source.read<Record<string, unknown>[]>({ path, template: path, query, ...call });
      return found?.map((range) => ({ from: String(range[from]), to: String(range[to]) })) ?? [];
    },
    async read(source, filter, range, call) {
      const query = { ...queryOf(filter), [from]: range.from, [to]: range.to };
      const found = await source.read<Id[]>({ path: inRangePath, template: inRangePath, query, ...call });
      return found?.map((item) => keyOf(item, fields)) ?? [];
    },
  };
}

/** A filter's schema lets in only what a query can carry. */
function asQuery(filter: Record<string, unknown>): Query {
  return filter as Query;
}

/** Some lists name each id, some hold nothing but the ids. */
function keyOf(item: Id, fields: readonly string[]): string {
  if (typeof item !== 'object') return String(item);
  return fields.map((field) => String(item[field])).join('/');
}

function asNumber(part: string): number | string {
  return /^\d+$/.test(part) ? Number(part) : part;
}

/** Names of an event queue, as the original gives them. */
export function eventQueueOf(
  name: string,
): Pick<SyncDeclaration<unknown>, 'queueId' | 'queueName' | 'dlqName' | 'switchDomain'> {
  const word = name.replaceAll('_', '');
  return {
    queueId: `event${word}`,
    queueName: `prisoner_from_nomis_${name}_queue`,
    dlqName: `prisoner_from_nomis_${name}_dl_queue`,
    switchDomain: word,
  };
}

/** `/migrate/...`, repairs and history of a domain were once open to a role of its own. */
export function formerRoleOf(name: string): string {
  return `ROLE_MIGRATE_${name.toUpperCase()}`;
}

const NEWER_TYPES = ['MIGRATED', 'NOMIS_CREATED', 'DPS_CREATED'];

type Stated = Partial<MappingShape> & Pick<MappingShape, 'path' | 'nomisFields' | 'dpsField' | 'firstCheck'>;

/** A mapping with the words that the mapping service derives from its name; `Location` gives `LocationMappingDto`. */
export function mappingOf(name: string, stated: Stated): MappingShape {
  return {
    mappingTypes: NEWER_TYPES,
    dtoName: `${name}MappingDto`,
    noun: name.replace(/\B[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    notFound: {
      nomis: (key) => {
        const parts = key.split('/');
        return stated.nomisFields.map((field, nth) => `${field.name}=${parts[nth]}`).join(', ');
      },
      dps: (key) => `${stated.dpsField}=${key}`,
    },
    pageShape: 'A',
    nomisPath: stated.path + stated.nomisFields.map(({ name: field }) => lookUpBy(field)).join(''),
    dpsPath: stated.path + lookUpBy(stated.dpsField),
    ...stated,
  };
}

/** `/nomis-booking-id/{nomisBookingId}` */
function lookUpBy(field: string): string {
  return `/${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}/{${field}}`;
}

export function integers(...names: string[]): MappingField[] {
  return names.map((name) => ({ name, kind: 'integer' }));
}
