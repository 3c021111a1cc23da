import { type Job, perJob, RefusedError, type TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import { domainOf } from '../engine/tools.ts';
import { NotNowError } from '../ledger/create-once.ts';
import { deleteByNomisKeys } from '../mappings/mapping-queries.ts';
import { removeRecord, type SyncRequest, upsertRecord } from '../sync/synchroniser.ts';
import type { RepairPayload } from '../tasks/definitions.ts';
import { compareRecord } from './compare-record.ts';
import { deleteDifference, upsertDifferences } from './difference-queries.ts';

/**
 * Brings one record in step and looks at it again. What the target no longer holds loses its mapping and is made anew;
 * what the source no longer holds is removed at the target, where that can be done.
 */
export function repairRecords(ctx: MigrationContext) {
  return perJob<RepairPayload>((job, run) => repair(ctx, job, run));
}

async function repair(ctx: MigrationContext, job: Job<RepairPayload>, run: TaskRun): Promise<void> {
  const { type, key } = job.payload;
  const domain = domainOf(ctx, type);
  const request: SyncRequest = {
    domain,
    key,
    message: {},
    owner: job.id,
    correlationId: job.correlationId,
    evenEcho: true,
    leaseEndsAt: run.leaseEndsAt,
  };
  const mapping = (await ctx.mappings.findAll(domain, [key])).get(key);
  const before = mapping && domain.compare ? await compareRecord(ctx, domain, mapping) : undefined;
  if (before && !before.difference) return deleteDifference(ctx.db.kysely, type, key);
  const kind = before?.difference?.kind;
  if (kind === 'MISSING_AT_TARGET' && ctx.mappings.isLocal) {
    await deleteByNomisKeys(ctx.db.kysely, type, [key]);
  }
  if (kind === 'DIFFERENT' && mapping && !domain.update) await mend(ctx, domain, mapping);
  else if (kind !== 'MISSING_AT_SOURCE') await commit(ctx, await upsertRecord(ctx, request));
  else if (domain.remove) await commit(ctx, await removeRecord(ctx, request));
  await checkAgain(ctx, domain, key);
}

async function commit(ctx: MigrationContext, done: Awaited<ReturnType<typeof upsertRecord>>): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await done.commit(trx);
    await ctx.events.append(trx, done.events);
  });
}

/** For targets that take no update of a whole record. */
async function mend(
  ctx: MigrationContext,
  domain: ReturnType<typeof domainOf>,
  mapping: { nomisKey: string; dpsKey: string },
): Promise<void> {
  const call = { correlationId: null };
  const record = await domain.read(ctx.upstreams[domain.source], mapping.nomisKey, call);
  if (record !== undefined) {
    await domain.mend?.(ctx.upstreams[domain.target], mapping.dpsKey, record, call);
  }
}

async function checkAgain(
  ctx: MigrationContext,
  domain: ReturnType<typeof domainOf>,
  key: string,
): Promise<void> {
  const mapping = (await ctx.mappings.findAll(domain, [key])).get(key);
  if (!mapping || !domain.compare) return;
  const { difference } = await compareRecord(ctx, domain, mapping);
  if (!difference) return deleteDifference(ctx.db.kysely, domain.type, key);
  await upsertDifferences(ctx.db.kysely, domain.type, null, [difference]);
  throw new RefusedError(
    `${domain.type} ${key} still differs (${difference.kind} ${difference.fields.join(', ')}); the target offers no way to change it`,
  );
}

export { NotNowError };
