import type { Handle } from '#platform/db';
import { uuidV7 } from '#platform/http';
import { changeEventId } from '../change-events/change-event-id.ts';
import { upsertChangeEvents } from '../change-events/change-event-queries.ts';
import { isJsonObject, parseJson } from '../change-events/lossless-json.ts';
import type { DirectoryContext } from '../context.ts';
import { syncServiceTask } from '../tasks/definitions.ts';
import { timeToLive } from '../tasks/ingest-events.ts';
import { handleDeadChangeEventTask, handleDeadUpdateRequestTask } from '../tasks/operation-definitions.ts';
import {
  type InjectableQueue,
  type InjectedMessage,
  readEnvelope,
  readInjectedMessage,
  UnusableMessageError,
} from './injected-message.ts';
import { insertInjectedMessage } from './injection-queries.ts';

const HIGHEST_ID = 2_147_483_647;

/**
 * Puts a message on a queue as the original's test suite does (3.4). Throws UnusableMessageError. Callers see to it that
 * the profile allows it.
 */
export async function injectMessage(
  ctx: DirectoryContext,
  queue: InjectableQueue,
  text: string,
): Promise<{ message_id: string; correlation_id: string | null }> {
  const message = { id: uuidV7(), queue, sentAt: ctx.clock.now(), ...readEnvelope(text) };
  const { correlationId } = readInjectedMessage(message);
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await insertInjectedMessage(trx, message);
    if (queue === 'update-request') await enqueueUpdate(ctx, trx, message);
    else await enqueueDeadLetter(ctx, trx, message);
  });
  return { message_id: message.id, correlation_id: correlationId };
}

async function enqueueDeadLetter(
  ctx: DirectoryContext,
  trx: Handle,
  { id, queue, attributes, ...message }: InjectedMessage,
): Promise<void> {
  const { correlationId } = readInjectedMessage({ id, queue, attributes, ...message });
  const task = queue === 'change-event-dlq' ? handleDeadChangeEventTask : handleDeadUpdateRequestTask;
  const payload = {
    source: 'injected' as const,
    injectedId: id,
    errorMessage: attributes.error_msg ?? null,
    errorStatus: attributes.error_msg_http_code ?? null,
  };
  await ctx.jobs.enqueue(trx, task, [{ payload, correlationId }]);
}

/** Sync reads the change event by its record, so one is made; it has no number and so outdates no other. */
async function enqueueUpdate(ctx: DirectoryContext, trx: Handle, message: InjectedMessage): Promise<void> {
  const { eventText, odsCode, serviceId, receivedMs, correlationId } = readInjectedMessage(message);
  const event = eventText === null ? null : parseJson(eventText);
  const service = Number(serviceId);
  if (!isJsonObject(event) || odsCode === null) {
    throw new UnusableMessageError('The body needs a change_event with an ODSCode');
  }
  if (!Number.isInteger(service) || service < 1 || service > HIGHEST_ID) {
    throw new UnusableMessageError('The body needs a service_id');
  }
  const now = ctx.clock.now();
  const recordId = changeEventId(event, null);
  const received = receivedMs ?? now.getTime();
  await upsertChangeEvents(trx, [
    {
      id: recordId,
      odsCode,
      sequenceNumber: null,
      receivedMs: received,
      ttl: timeToLive(now),
      event: eventText ?? '',
    },
  ]);
  const payload = { recordId, odsCode, receivedMs: received, serviceId: service };
  await ctx.jobs.enqueue(trx, syncServiceTask, [{ payload, key: String(service), correlationId }]);
}
