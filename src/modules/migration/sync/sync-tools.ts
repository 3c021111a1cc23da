import type { EventInput } from '#platform/events';
import type { MigrationContext } from '../context.ts';
import type { SyncTools } from '../engine/domain.ts';
import { migrationEvent } from '../events.ts';
import { NotNowError } from '../ledger/create-once.ts';
import { isBeingCreated } from '../ledger/ledger-queries.ts';
import {
  forgetSent,
  removeRecord,
  type Synchronised,
  type SyncRequest,
  upsertRecord,
} from './synchroniser.ts';

/** For handlers and repairs that do more than one record: each record commits by itself, so that a repeat goes on. */
export function syncTools(
  ctx: MigrationContext,
  request: Omit<SyncRequest, 'key'>,
  emitted: EventInput[],
): SyncTools {
  const { domain, message, correlationId } = request;
  const source = ctx.upstreams[domain.source];
  const call = { correlationId };
  const commit = async (done: Synchronised) => {
    await ctx.db.kysely.transaction().execute(async (trx) => {
      await done.commit(trx);
      await ctx.events.append(trx, done.events);
    });
    ctx.metrics.synchronised.inc({ type: domain.type, outcome: done.outcome });
    return done.outcome;
  };
  return {
    message,
    source,
    target: ctx.upstreams[domain.target],
    call,
    upsert: async (key, options) => commit(await upsertRecord(ctx, { ...request, key, ...options })),
    remove: async (key) => commit(await removeRecord(ctx, { ...request, key })),
    read: (key) => domain.read(source, key, call),
    findMapping: async (key) => (await ctx.mappings.findAll(domain, [key])).get(key)?.dpsKey,
    keysOf: (offenderNo) => ctx.mappings.keysOf(domain, offenderNo),
    forgetSent: (keys) => forgetSent(ctx.db.kysely, domain, keys),
    moveMappings: (move) => ctx.mappings.move(domain, move),
    addMapping: async (key, targetId, record) => {
      await ctx.mappings.create(domain, {
        nomisKey: key,
        dpsKey: targetId,
        label: null,
        mappingType: 'NOMIS_CREATED',
        extra: domain.extraOf?.(record) ?? null,
      });
    },
    isBeingCreated: (key) => isBeingCreated(ctx.db.kysely, domain.type, key),
    later: () => new NotNowError('The record is being created', 1_000),
    emit: (name, properties) => {
      emitted.push(migrationEvent(name, properties, { correlationId }));
    },
  };
}
