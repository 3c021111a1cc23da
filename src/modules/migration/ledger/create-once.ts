// One record at the target, once: spec section 5.6. The ledger is written before the request and directly after the
// answer; an outcome that nobody knows is looked up before anything is sent again.
import { OutgoingCallError } from '#platform/http';
import type { MigrationContext } from '../context.ts';
import type { CreateResult, Domain } from '../engine/domain.ts';
import { UpstreamError } from '../upstreams/index.ts';
import { type ClaimedKey, unmarkPosting } from './ledger-queries.ts';

export interface CreateRequest {
  domain: Domain;
  claim: ClaimedKey;
  body: unknown;
  sourceHash: string | null;
  /** What the mapping will carry. */
  label: string | null;
  mappingType: string;
  extra: Record<string, unknown> | null;
  correlationId: string | null;
  /** A person has looked at the target and wants the request sent again. */
  mayRepeat?: boolean;
  /** Until when nobody else can be given the job. */
  leaseEndsAt(): number;
}

export type Created =
  | {
      status: 'created';
      targetId: string;
      isMapped: boolean;
      /** Sent again although nobody knows what became of a former request, as the settings say. */
      isPossibleDuplicate?: boolean;
    }
  | { status: 'rejected' };

/** Somebody else has the record, or its request may still arrive: come back later, this was no failure. */
export class NotNowError extends Error {
  readonly delayMs: number;
  constructor(message: string, delayMs: number) {
    super(message);
    this.name = 'NotNowError';
    this.delayMs = delayMs;
  }
}

/** Only a person can tell: the target cannot be asked, and sending again may do it twice. */
export class UncertainOutcomeError extends Error {
  constructor(cause?: unknown) {
    super('uncertain: the request may have arrived and the target cannot be asked; look there, then retry', {
      cause,
    });
    this.name = 'UncertainOutcomeError';
  }
}

/** A create begun later than this before the end of the lease might be repeated by the next owner. */
const LEASE_MARGIN_MS = 1_500;
const LOST_DELAY_MS = 500;

export async function createOnce(ctx: MigrationContext, request: CreateRequest): Promise<Created> {
  const { claim } = request;
  if (claim.state === 'POSTING') {
    const found = await resolveUncertain(ctx, request, claim.sentMsAgo ?? 0, undefined);
    if ('status' in found) return found;
    const created = await send(ctx, request);
    return created.status === 'created' && found.isGuess
      ? { ...created, isPossibleDuplicate: true }
      : created;
  }
  return send(ctx, request);
}

async function send(ctx: MigrationContext, request: CreateRequest): Promise<Created> {
  const { domain, claim, correlationId } = request;
  let sentAt: number | undefined;
  let result: CreateResult;
  try {
    // POSTING is written once the request can go out at once: a process that dies while its requests wait for their
    // turn leaves nothing uncertain behind.
    result = await ctx.upstreams[domain.target].inSlot(async (target) => {
      const round = await announce(ctx, request);
      sentAt = Date.now();
      const answer = await domain.create(target, request.body, {
        correlationId,
        isBulk: request.label !== null,
        idempotencyKey: `${domain.type.toLowerCase()}:${claim.key}:${round}`,
        ...(domain.find ? { timeoutMs: ctx.config.patienceSeconds * 1_000 } : {}),
      });
      return withId(answer);
    });
  } catch (error) {
    if (sentAt === undefined) throw error;
    if (isDefinite(error)) {
      await unmarkPosting(ctx.db.kysely, { type: domain.type, key: claim.key, owner: claim.owner });
      throw error;
    }
    const found = await resolveUncertain(ctx, request, Date.now() - sentAt, error);
    if ('status' in found) return found;
    throw error;
  }
  if (result.status === 'rejected') return { status: 'rejected' };
  return recordCreated(ctx, request, result.targetId);
}

/** Done, but who knows under which id: an outcome that has to be looked up (spec section 6.1.1 step 4). */
function withId(result: CreateResult): CreateResult {
  if (result.status === 'accepted' && !result.targetId) {
    throw new Error('The target took the record and named no id for it');
  }
  return result;
}

/** Says in the ledger that the request goes out now; the number of the create for its idempotency key. */
async function announce(ctx: MigrationContext, request: CreateRequest): Promise<number> {
  const { domain, claim, sourceHash, leaseEndsAt } = request;
  if (leaseEndsAt() - Date.now() < LEASE_MARGIN_MS) {
    throw new NotNowError('The lease of the job is about to end', LOST_DELAY_MS);
  }
  const posting = {
    type: domain.type,
    key: claim.key,
    owner: claim.owner,
    sourceHash,
    round: null as number | null,
  };
  await ctx.posting.add(posting);
  if (posting.round === null)
    throw new NotNowError('The record belongs to another job by now', LOST_DELAY_MS);
  return posting.round;
}

/** Also for a record whose target id is known from a former owner. */
export async function recordCreated(
  ctx: MigrationContext,
  request: Pick<CreateRequest, 'domain' | 'claim' | 'label' | 'mappingType' | 'extra'>,
  targetId: string,
): Promise<Extract<Created, { status: 'created' }>> {
  const { domain, claim, label, mappingType, extra } = request;
  const item = {
    type: domain.type,
    key: claim.key,
    owner: claim.owner,
    targetId,
    mapping: ctx.mappings.isLocal && domain.mapping ? { label, mappingType, extra } : null,
    isRecorded: false,
    isMapped: false,
  };
  await ctx.created.add(item);
  if (!item.isRecorded) throw new NotNowError('The record belongs to another job by now', LOST_DELAY_MS);
  return { status: 'created', targetId, isMapped: item.isMapped };
}

/**
 * The record when the target has it; else it may be sent, for certain or as a guess that the settings allow. Throws NotNowError while the request may
 * still arrive, and UncertainOutcomeError when nobody can say and the settings want a person to decide.
 */
async function resolveUncertain(
  ctx: MigrationContext,
  request: CreateRequest,
  sentMsAgo: number,
  cause: unknown,
): Promise<Created | { isGuess: boolean }> {
  const { domain, body, correlationId } = request;
  const found = await domain.find?.(ctx.upstreams[domain.target], body, { correlationId });
  if (typeof found === 'string') {
    ctx.metrics.uncertain.inc({ type: domain.type, resolution: 'found' });
    return recordCreated(ctx, request, found);
  }
  if (found === null) {
    const leftMs = ctx.config.conclusiveSeconds * 1_000 - sentMsAgo;
    if (leftMs > 0) throw new NotNowError('The request may still arrive', Math.max(250, leftMs / 4));
    ctx.metrics.uncertain.inc({ type: domain.type, resolution: 'absent' });
    return { isGuess: false };
  }
  // Within one delivery the failure counts as an attempt; the next one repeats it with the same idempotency key.
  const isKnown = domain.honoursIdempotencyKey === true || isDecided(request);
  if (isKnown || ctx.config.uncertain === 'retry') {
    ctx.metrics.uncertain.inc({ type: domain.type, resolution: 'repeated' });
    return { isGuess: !isKnown };
  }
  ctx.metrics.uncertain.inc({ type: domain.type, resolution: 'held' });
  throw new UncertainOutcomeError(cause);
}

/**
 * A person has decided: by a repair, a new run after the dead letter of another one, or a retry of the very event that
 * was held. Further events of the record are nobody's decision, so they go on being held.
 */
function isDecided({ claim, mayRepeat }: CreateRequest): boolean {
  if (mayRepeat) return true;
  if (claim.failedIn === null) return false;
  return !isJobId(claim.failedIn) || claim.failedIn === claim.owner;
}

/** Runs are named by the time of their start, events by their job. */
function isJobId(failedIn: string): boolean {
  return failedIn.length === 36;
}

/** Nothing was done at the target: it said so, or was never reached. */
function isDefinite(error: unknown): boolean {
  if (error instanceof UpstreamError) {
    if (error.status < 500 || error.upstream === 'hmpps-auth') return true;
    // A gateway that gave up says nothing of what is behind it.
    return error.status !== 504 && error.body !== '';
  }
  if (error instanceof OutgoingCallError) return !error.mayHaveArrived || error.target === 'hmpps-auth';
  // Such as an answer that cannot be read: the record may well have been made.
  return false;
}
