import { hash } from 'node:crypto';
import type { MigrationContext } from '../context.ts';
import type { CallContext, Domain, SourceRecord, SyncMessage, TransformTools } from './domain.ts';
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
    findMapping: async (type, key) => {
      const domain = ctx.domains.find((other) => other.type === type);
      if (!domain) return undefined;
      return (await ctx.mappings.findAll(domain, [key])).get(key)?.dpsKey;
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
  return hashFields(await domain.compare.ofSource(record, tools));
}

/** 64 bits are enough to tell two versions of one record apart. */
export function hashFields(fields: Record<string, unknown>): string {
  return hash('md5', JSON.stringify(fields)).slice(0, 16);
}

export function domainOf(ctx: Pick<MigrationContext, 'domains'>, type: string): Domain {
  const domain = ctx.domains.find((other) => other.type === type);
  if (!domain) throw new Error(`There is no migration type ${type}`);
  return domain;
}
