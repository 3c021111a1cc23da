// One record brought in step: claim, read, create or update, map. Every caller that changes a record because of the
// source goes through here, so the ledger sees all of them (spec sections 5.6 and 6.2).
import type { Handle } from '#platform/db';
import type { EventInput } from '#platform/events';
import type { MigrationContext } from '../context.ts';
import type { Domain, SourceRecord, SyncMessage, SyncOutcome } from '../engine/domain.ts';
import { sourceHashOf, transformTools } from '../engine/tools.ts';
import { migrationEvent } from '../events.ts';
import {
  type Created,
  createOnce,
  NotNowError,
  recordCreated,
  UncertainOutcomeError,
} from '../ledger/create-once.ts';
import { type ClaimedKey, claimKeys, holdKey, releaseKeys, settleKeys } from '../ledger/ledger-queries.ts';
import { shapeOf, toMappingJson } from '../mappings/mapping-json.ts';
import { deleteByDpsKey, type MappingRow, type NewMapping } from '../mappings/mapping-queries.ts';
import { deleteDifference } from '../reconcile/difference-queries.ts';
import { forgetSourceHashes } from '../reconcile/reconciliation-queries.ts';
import { syncTask } from '../tasks/definitions.ts';
import { mappingRetryBody } from './envelope.ts';

export interface SyncRequest {
  domain: Domain;
  key: string;
  message: SyncMessage;
  /** The job: the same one may go on with a record where it was. */
  owner: string;
  correlationId: string | null;
  /** Also a record that the new services wrote last. */
  evenEcho?: boolean;
  /** A person has looked at the target: what has an unknown outcome may be sent again. */
  mayRepeat?: boolean;
  leaseEndsAt(): number;
}

/** What was done to one record, and what its commit has to write. */
export interface Synchronised {
  outcome: SyncOutcome;
  events: EventInput[];
  /** Ledger, local mapping and mapping retries, in the transaction that also ends the job. */
  commit(trx: Handle): Promise<void>;
}

const LEASE_SECONDS = 300;
const BUSY_DELAY_MS = 500;

/** Spec section 6.2.2 from step 2, for any domain. */
export async function upsertRecord(ctx: MigrationContext, request: SyncRequest): Promise<Synchronised> {
  const claim = await take(ctx, request);
  return orLetGo(ctx, request, () => upsertClaimed(ctx, request, claim));
}

async function upsertClaimed(
  ctx: MigrationContext,
  request: SyncRequest,
  claim: ClaimedKey,
): Promise<Synchronised> {
  const { domain, key, correlationId, message } = request;
  const call = { correlationId };
  const target = ctx.upstreams[domain.target];
  // Under the claim nobody else makes or removes the mapping meanwhile.
  const [record, mappings] = await Promise.all([
    domain.read(ctx.upstreams[domain.source], key, call),
    ctx.mappings.findAll(domain, [key]),
  ]);
  if (record === undefined || domain.sync?.isHidden?.(record)) {
    return ended(ctx, request, claim, { outcome: 'gone-skipped', record });
  }
  if (!request.evenEcho && domain.sync?.isRecordEcho?.(record, 'upsert')) {
    return ended(ctx, request, claim, { outcome: 'echo-skipped', record, writtenElsewhere: true });
  }
  const tools = transformTools(ctx, call, message);
  const body = await domain.transform(record, tools);
  const sourceHash = await sourceHashOf(domain, record, tools);
  const known = mappings.get(key);
  if (known && claim.state === 'CLAIMED') {
    // Where the target takes no changes, what was sent once is all there is to do.
    const outcome = domain.update ? 'updated' : 'gone-skipped';
    await domain.update?.(target, known.dpsKey, body, call);
    return ended(ctx, request, claim, { outcome, record, targetId: known.dpsKey, sourceHash });
  }
  const mappingType = domain.mapping?.mappingTypes.includes('NOMIS_CREATED') ? 'NOMIS_CREATED' : 'MIGRATED';
  const extra = domain.extraOf?.(record) ?? null;
  const made = { domain, claim, label: null, mappingType, extra };
  const wasCreated = claim.state === 'CREATED' && claim.targetId !== null;
  const created: Created = wasCreated
    ? await recordCreated(ctx, made, claim.targetId ?? '')
    : await createOnce(ctx, {
        ...made,
        body,
        sourceHash,
        correlationId,
        mayRepeat: request.mayRepeat ?? false,
        leaseEndsAt: request.leaseEndsAt,
      });
  if (created.status === 'rejected') {
    return ended(ctx, request, claim, { outcome: 'gone-skipped', record });
  }
  // Somebody created it and got no further: what the source says now has not been sent yet.
  if (wasCreated) await domain.update?.(target, created.targetId, body, call);
  const mapping = { nomisKey: key, dpsKey: created.targetId, label: null, mappingType, extra };
  return mapAndEnd(ctx, {
    request,
    claim,
    record,
    sourceHash,
    mapping,
    isMapped: created.isMapped,
    isPossibleDuplicate: created.isPossibleDuplicate ?? false,
  });
}

/** Spec section 6.2.3. Both deletes may be repeated. */
export async function removeRecord(ctx: MigrationContext, request: SyncRequest): Promise<Synchronised> {
  const claim = await take(ctx, request);
  return orLetGo(ctx, request, () => removeClaimed(ctx, request, claim));
}

async function removeClaimed(
  ctx: MigrationContext,
  request: SyncRequest,
  claim: ClaimedKey,
): Promise<Synchronised> {
  const { domain, key, correlationId } = request;
  const known = (await ctx.mappings.findAll(domain, [key])).get(key);
  // A create that got no further than the target is deleted there as well.
  const targetId = domain.mapping
    ? (known?.dpsKey ?? (claim.state === 'CREATED' ? claim.targetId : null))
    : key;
  if (targetId === null || targetId === undefined) {
    if (claim.state === 'POSTING') throw new NotNowError('The record may be being created', BUSY_DELAY_MS);
    return ended(ctx, request, claim, { outcome: 'delete-ignored' });
  }
  await domain.remove?.(ctx.upstreams[domain.target], targetId, { correlationId });
  if (!ctx.mappings.isLocal) await ctx.mappings.remove(domain, targetId);
  return ended(ctx, request, claim, { outcome: 'deleted', targetId });
}

/**
 * A failure frees the record for whoever comes next, an event or a repair under another name. What is known of it
 * stays: a create whose outcome nobody knows is looked for by the next one, too.
 */
async function orLetGo(
  ctx: MigrationContext,
  { domain, key, owner, mayRepeat }: SyncRequest,
  work: () => Promise<Synchronised>,
): Promise<Synchronised> {
  try {
    return await work();
  } catch (error) {
    const item = { type: domain.type, key, owner };
    const isHeld = error instanceof UncertainOutcomeError && !mayRepeat;
    await (isHeld ? holdKey(ctx.db.kysely, item) : releaseKeys(ctx.db.kysely, [item]));
    throw error;
  }
}

async function take(ctx: MigrationContext, request: SyncRequest): Promise<ClaimedKey> {
  const { domain, key, owner } = request;
  const [claim] = await claimKeys(
    ctx.db.kysely,
    domain.type,
    [{ key, owner, migrationId: null }],
    LEASE_SECONDS,
  );
  if (!claim) throw new NotNowError('Another job works on the record', BUSY_DELAY_MS);
  return claim;
}

async function mapAndEnd(
  ctx: MigrationContext,
  made: {
    request: SyncRequest;
    claim: ClaimedKey;
    record: SourceRecord;
    sourceHash: string | null;
    mapping: NewMapping;
    isMapped: boolean;
    isPossibleDuplicate: boolean;
  },
): Promise<Synchronised> {
  const { request, claim, record, sourceHash, mapping, isPossibleDuplicate } = made;
  const { domain } = request;
  const end = {
    // Without a mapping nobody can tell whether the target knew the record.
    outcome: domain.mapping ? ('created' as const) : ('updated' as const),
    record,
    targetId: mapping.dpsKey,
    sourceHash,
    isPossibleDuplicate,
  };
  if (made.isMapped) return ended(ctx, request, claim, end);
  try {
    const outcome = await ctx.mappings.create(domain, mapping);
    const result = ended(ctx, request, claim, end);
    if (outcome.status === 'duplicate') {
      result.events.unshift(await duplicateEvent(ctx, request, mapping, outcome.existing));
    }
    return result;
  } catch (error) {
    if (ctx.mappings.isLocal) throw error;
    ctx.log.warn({ err: error, type: domain.type, nomisKey: mapping.nomisKey }, 'mapping not taken yet');
    return ended(ctx, request, claim, { ...end, pending: mapping });
  }
}

interface End {
  outcome: SyncOutcome;
  record?: SourceRecord;
  targetId?: string;
  sourceHash?: string | null;
  /** The new service wrote the record itself, so what was last sent is not what it holds. */
  writtenElsewhere?: boolean;
  isPossibleDuplicate?: boolean;
  /** The mapping is to be made up for; until then the ledger keeps the target's id. */
  pending?: NewMapping;
}

function ended(ctx: MigrationContext, request: SyncRequest, claim: ClaimedKey, end: End): Synchronised {
  const { domain, key, message, correlationId } = request;
  const telemetry = domain.sync?.telemetry(end.outcome, {
    key,
    message,
    record: end.record,
    targetId: end.targetId,
    isMappingPending: end.pending !== undefined,
  });
  if (telemetry && end.isPossibleDuplicate) telemetry.properties.possibleDuplicate = 'true';
  const events = telemetry ? [migrationEvent(telemetry.name, telemetry.properties, { correlationId })] : [];
  return {
    outcome: end.outcome,
    events,
    commit: (trx) => writeEnd(ctx, trx, { request, claim, end, telemetry: telemetry?.properties ?? {} }),
  };
}

async function writeEnd(
  ctx: MigrationContext,
  trx: Handle,
  write: { request: SyncRequest; claim: ClaimedKey; end: End; telemetry: Record<string, string> },
): Promise<void> {
  const { request, claim, end, telemetry } = write;
  const { domain, key, correlationId } = request;
  const item = { type: domain.type, key, owner: claim.owner };
  const { outcome, pending, targetId, sourceHash = null } = end;
  if (pending) {
    await releaseKeys(trx, [item]);
    const body = mappingRetryBody(toMappingJson(shapeOf(domain), pending), telemetry);
    const payload = { messageId: crypto.randomUUID(), body };
    await ctx.jobs.enqueue(trx, syncTask(domain, ctx.config), [{ payload, key, correlationId }]);
  } else if (outcome === 'deleted') {
    if (ctx.mappings.isLocal && targetId !== undefined) await deleteByDpsKey(trx, domain.type, targetId);
    await settleKeys(trx, [{ ...item, state: 'FREE' }]);
  } else if (outcome === 'created' || outcome === 'updated') {
    await settleKeys(trx, [{ ...item, state: 'MAPPED', sourceHash }]);
  } else {
    await releaseKeys(trx, [item]);
    // What the new service wrote last differs as it did before.
    if (end.writtenElsewhere) return forgetSent(trx, domain, [key]);
  }
  await deleteDifference(trx, domain.type, key);
}

/** Where the target shows no records, a comparison goes by what was sent, and another has written since. */
export async function forgetSent(handle: Handle, domain: Domain, keys: string[]): Promise<void> {
  if (domain.compare && !domain.compare.shown) await forgetSourceHashes(handle, domain.type, keys);
}

/** Spec section 6.2.6: the record without a mapping is named, and removed where the settings say so. */
export async function duplicateEvent(
  ctx: MigrationContext,
  request: Pick<SyncRequest, 'domain' | 'correlationId'>,
  mapping: NewMapping,
  existing: MappingRow,
): Promise<EventInput> {
  const { domain, correlationId } = request;
  const duplicate = domain.sync?.duplicate;
  let removed: Record<string, string> = {};
  if (duplicate?.canRemove && ctx.config.autoRemoveDuplicate && mapping.dpsKey !== existing.dpsKey) {
    await domain.remove?.(ctx.upstreams[domain.target], mapping.dpsKey, { correlationId });
    removed = { removed: 'true' };
  }
  return migrationEvent(
    duplicate?.name ?? `${domain.telemetryName}-synchronisation-duplicate`,
    { ...duplicate?.properties({ ...mapping, label: mapping.label }, existing), ...removed },
    { correlationId },
  );
}
