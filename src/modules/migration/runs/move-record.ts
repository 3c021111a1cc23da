import type { TaskRun } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import type { Domain, SourceRecord } from '../engine/domain.ts';
import { sourceHashOf, transformTools } from '../engine/tools.ts';
import { type Created, createOnce, recordCreated } from '../ledger/create-once.ts';
import type { ClaimedKey } from '../ledger/ledger-queries.ts';
import type { NewMapping } from '../mappings/mapping-queries.ts';
import type { MappingOutcome } from '../mappings/mapping-store.ts';
import { UpstreamError } from '../upstreams/index.ts';
import type { MoveJob } from './move-records.ts';

/** What became of one record of a bulk run. */
export type Moved =
  | { kind: 'known'; job: MoveJob; claim: ClaimedKey }
  | {
      kind: 'migrated';
      job: MoveJob;
      claim: ClaimedKey;
      record: SourceRecord;
      body: unknown;
      targetId: string;
      sourceHash: string | null;
      isPossibleDuplicate: boolean;
      /** `queued`: another service keeps the mappings and did not take this one yet. */
      mapping: MappingOutcome | { status: 'queued' };
    }
  | { kind: 'rejected'; job: MoveJob; claim: ClaimedKey; record: SourceRecord; body: unknown }
  | { kind: 'mapped'; job: MoveJob; mapping: NewMapping; outcome: MappingOutcome }
  | { kind: 'failed'; job: MoveJob; claim: ClaimedKey | undefined; error: unknown };

export interface MoveRequest {
  domain: Domain;
  job: MoveJob;
  claim: ClaimedKey;
  /** Look-ups of this batch, so that a hundred visits of one room ask once. */
  rooms: Map<string, ReturnType<MigrationContext['mappings']['findRoom']>>;
  run: Pick<TaskRun, 'leaseEndsAt'>;
}

/** Read, transform, write, map: spec section 6.1.1 steps 2 to 5. Never rejects. */
export async function moveRecord(ctx: MigrationContext, request: MoveRequest): Promise<Moved> {
  const { job, claim } = request;
  try {
    return await move(ctx, request);
  } catch (error) {
    return { kind: 'failed', job, claim, error };
  }
}

async function move(ctx: MigrationContext, request: MoveRequest): Promise<Moved> {
  const { domain, job, claim, rooms, run } = request;
  const call = { correlationId: job.correlationId };
  // Only under the claim is it certain that no other writer is about to make this mapping.
  if (claim.state === 'CLAIMED' && (await isMappedMeanwhile(ctx, domain, job, claim))) {
    return { kind: 'known', job, claim };
  }
  const record = await domain.read(ctx.upstreams[domain.source], claim.key, call);
  if (record === undefined) {
    throw new UpstreamError(ctx.upstreams[domain.source].name, 404, {
      method: 'GET',
      template: domain.type,
      body: '',
    });
  }
  const tools = transformTools(ctx, call);
  const batchTools = {
    ...tools,
    findRoom: (prisonId: string, description: string) => {
      const name = `${prisonId}/${description}`;
      const asked = rooms.get(name) ?? tools.findRoom(prisonId, description);
      rooms.set(name, asked);
      return asked;
    },
  };
  const isCreated = claim.state === 'CREATED' && claim.targetId !== null;
  // What is at the target already is not refused for what has become of the room since.
  const body = isCreated
    ? await Promise.resolve(domain.transform(record, batchTools)).catch(() => undefined)
    : await domain.transform(record, batchTools);
  const sourceHash = await sourceHashOf(domain, record, batchTools);
  const mapping: NewMapping = {
    nomisKey: claim.key,
    dpsKey: '',
    label: job.payload.migrationId,
    mappingType: 'MIGRATED',
    extra: domain.extraOf?.(record) ?? null,
  };
  const { label, mappingType, extra = null } = mapping;
  const made = { domain, claim, label, mappingType, extra };
  const created: Created = isCreated
    ? await recordCreated(ctx, made, claim.targetId ?? '')
    : await createOnce(ctx, {
        ...made,
        body,
        sourceHash,
        correlationId: job.correlationId,
        leaseEndsAt: run.leaseEndsAt,
      });
  if (created.status === 'rejected') return { kind: 'rejected', job, claim, record, body };
  const { targetId, isMapped, isPossibleDuplicate = false } = created;
  const outcome = isMapped
    ? ({ status: 'created' } as const)
    : await mapOrQueue(ctx, domain, { ...mapping, dpsKey: targetId });
  return {
    kind: 'migrated',
    job,
    claim,
    record,
    body,
    targetId,
    sourceHash,
    isPossibleDuplicate,
    mapping: outcome,
  };
}

/**
 * A batch looked up its mappings before it claimed; a fresh ledger row proves that nobody wrote one in between, because
 * every writer goes through the ledger.
 */
async function isMappedMeanwhile(
  ctx: MigrationContext,
  domain: Domain,
  job: MoveJob,
  claim: ClaimedKey,
): Promise<boolean> {
  if (claim.isNew && !job.isRedelivered) return false;
  return (await ctx.mappings.findAll(domain, [claim.key])).has(claim.key);
}

async function mapOrQueue(
  ctx: MigrationContext,
  domain: Domain,
  mapping: NewMapping,
): Promise<MappingOutcome | { status: 'queued' }> {
  try {
    return await ctx.mappings.create(domain, mapping);
  } catch (error) {
    if (ctx.mappings.isLocal) throw error;
    ctx.log.warn({ err: error, type: domain.type, nomisKey: mapping.nomisKey }, 'mapping not taken yet');
    return { status: 'queued' };
  }
}
