import type { Actor } from '#platform/auth';
import type { Handle } from '#platform/db';
import { HttpError, uuidV7 } from '#platform/http';
import { readSequenceNumber } from '../change-events/sequence-number.ts';
import type { DirectoryContext } from '../context.ts';
import { type DirectoryEvent, directoryEvent } from '../events.ts';
import type { AcceptedChangeEvent } from '../intake/change-event-request.ts';
import { insertReceivedEvents } from '../intake/received-event-queries.ts';
import { ingestChangeEventTask } from '../tasks/definitions.ts';
import { type ReplayableEvent, selectEventToReplay } from './replay-queries.ts';

export const RESENT = 'The change event has been re-sent successfully';

/**
 * Puts one stored event back on the change event queue (spec section 6.14). What follows is the usual pipeline, so an
 * event that is older than the newest of its ODS code changes nothing. Throws an HttpError 404 when none is stored.
 */
export async function replayEvent(
  ctx: DirectoryContext,
  request: { odsCode: string; sequenceNumber: string },
  actor: Actor,
): Promise<{ message: string; correlation_id: string }> {
  const { odsCode } = request;
  const sequenceNumber = readSequenceNumber(request.sequenceNumber);
  const stored =
    sequenceNumber === null || odsCode.includes('\u0000')
      ? undefined
      : await selectEventToReplay(ctx.db.kysely, { odsCode, sequenceNumber });
  if (!stored) {
    throw new HttpError(
      404,
      'not_found',
      `No change event found for ods code ${odsCode} and sequence number ${request.sequenceNumber}`,
    );
  }
  const replayed = await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await ctx.audit(trx, {
      actor,
      action: 'change_event.replayed',
      target: `change_event:${stored.odsCode} ${stored.sequenceNumber}`,
    });
    return resendEvents(ctx, trx, [stored]);
  });
  ctx.contractLog.print('event-replay', replayed);
  return { message: RESENT, correlation_id: replayed[0]?.correlationId ?? '' };
}

/**
 * Queues stored events as if they had just come in, in the order given, and says so in the register. They never count
 * as retries of one another (D-03). Returns what is to be printed once the transaction has committed.
 */
export async function resendEvents(
  ctx: DirectoryContext,
  trx: Handle,
  stored: ReplayableEvent[],
): Promise<DirectoryEvent[]> {
  const now = ctx.clock.now();
  const events = stored.map((event, index): AcceptedChangeEvent => toReceived(ctx, event, { now, index }));
  await ctx.jobs.enqueue(
    trx,
    ingestChangeEventTask,
    events.map(({ id, odsCode, correlationId }) => ({
      id,
      payload: { receivedEventId: id },
      key: odsCode,
      correlationId,
    })),
    insertReceivedEvents(events),
  );
  const replayed = stored.map((event, index) =>
    directoryEvent(
      'change_event.replayed',
      { correlationId: events[index]?.correlationId ?? null, odsCode: event.odsCode },
      'Change event replayed',
      {
        level: 'INFO',
        sequence_number: event.sequenceNumber,
        dynamo_record_id: event.id,
        environment: ctx.config.environment,
      },
      [event.id],
    ),
  );
  await ctx.events.append(trx, replayed);
  return replayed;
}

function toReceived(
  ctx: DirectoryContext,
  stored: ReplayableEvent,
  { now, index }: { now: Date; index: number },
): AcceptedChangeEvent {
  return {
    id: uuidV7(),
    odsCode: stored.odsCode,
    sequenceNumber: stored.sequenceNumber,
    correlationId: `${nanoseconds(index)}-${ctx.config.environment}-replayed-event`,
    retryKey: null,
    body: stored.event,
    hadStaff: false,
    receivedAt: now,
  };
}

/** Epoch nanoseconds, different for each event of a page: the clock itself does not tell them apart. */
export function nanoseconds(index: number): bigint {
  return BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 900_000n) + BigInt(index);
}
