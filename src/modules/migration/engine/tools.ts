import { hash } from 'node:crypto';
import type { MigrationContext } from '../context.ts';
import {
  AwaitingParentError,
  type CallContext,
  type Comparison,
  type Domain,
  type SourceRecord,
  type SyncMessage,
  type TransformTools,
} from './domain.ts';
import { toLocalDateTime } from './local-time.ts';

/** What a transform may ask for. */
export function transformTools(
  ctx: MigrationContext,
  call: CallContext,
  message?: SyncMessage,
): TransformTools {
  return {
    ...(message === undefined ? {} : { message }),
    now: toLocalDateTime(ctx.clock.now()),
    call,
    prisonTimes: ctx.config.prisonTimes,
    findRoom: (prisonId, description) => ctx.mappings.findRoom(prisonId, description),
    parentId: async (type, key) => {
      const parent = (await ctx.mappings.findAll(domainOf(ctx, type), [key])).get(key);
      if (!parent) throw new AwaitingParentError(type, key);
      return parent.dpsKey;
    },
  };
}

/** Hash of the fields that reconciling compares; null where the domain compares none. */
export async function sourceHashOf(
  domain: Domain,
  record: SourceRecord,
  tools: TransformTools,
): Promise<string | null> {
  if (!domain.compare) return null;
  return comparableHash(domain.compare, await domain.compare.ofSource(record, tools));
}

/** Where the target shows its records they tell which fields differ; where it shows none the hash has to. */
export function comparableHash(compare: Comparison<SourceRecord>, fields: Record<string, unknown>): string {
  return compare.shown ? hashFields(fields) : hashEachField(fields);
}

/** 64 bits are enough to tell two versions of one record apart. */
export function hashFields(fields: Record<string, unknown>): string {
  return hash('md5', JSON.stringify(fields)).slice(0, 16);
}

const FIELD_DIGITS = 8;

/** 32 bits for each field, one after the other: which fields two versions differ in can be told without their values. */
export function hashEachField(fields: Record<string, unknown>): string {
  return Object.values(fields)
    .map((value) => hash('md5', JSON.stringify(value ?? null)).slice(0, FIELD_DIGITS))
    .join('');
}

/** Names of the fields whose hashes differ; undefined when the other hash is of other fields, or not known. */
export function changedFields(
  fields: Record<string, unknown>,
  formerHash: string | null,
): string[] | undefined {
  const now = hashEachField(fields);
  if (formerHash?.length !== now.length) return undefined;
  return Object.keys(fields).filter((_name, nth) => {
    const [start, end] = [nth * FIELD_DIGITS, (nth + 1) * FIELD_DIGITS];
    return now.slice(start, end) !== formerHash.slice(start, end);
  });
}

export function domainOf(ctx: Pick<MigrationContext, 'domains'>, type: string): Domain {
  const domain = ctx.domains.find((other) => other.type === type);
  if (!domain) throw new Error(`There is no migration type ${type}`);
  return domain;
}
