import { selectChangeEvents } from '../change-events/change-event-queries.ts';
import type { DirectoryContext } from '../context.ts';
import { readInjectedMessage } from '../injection/injected-message.ts';
import { selectInjectedMessage } from '../injection/injection-queries.ts';
import { selectUnprocessedEvents } from '../intake/received-event-queries.ts';
import type { DeadLetter, DeadMessage } from './dead-letter.ts';

/** The message behind a dead letter, from where its queue keeps it. */
export async function findDeadMessage(ctx: DirectoryContext, letter: DeadLetter): Promise<DeadMessage> {
  const handle = ctx.db.kysely;
  const known = { ...EMPTY, odsCode: letter.odsCode ?? null, receivedMs: letter.receivedMs ?? null };
  if (letter.injectedId !== undefined) {
    const injected = await selectInjectedMessage(handle, letter.injectedId);
    return injected ? readInjectedMessage(injected) : known;
  }
  if (letter.receivedEventId !== undefined) {
    const [received] = await selectUnprocessedEvents(handle, [letter.receivedEventId]);
    if (!received) return known;
    return {
      ...known,
      eventText: received.body,
      odsCode: received.ods_code,
      sequenceNumber: received.sequence_number,
      receivedMs: received.received_at.getTime(),
      hadStaff: received.had_staff,
    };
  }
  const { recordId = '', odsCode = '' } = letter;
  const [stored] = await selectChangeEvents(handle, [{ id: recordId, odsCode }]);
  return {
    ...known,
    eventText: stored?.event ?? null,
    sequenceNumber: stored?.sequence_number ?? null,
    recordId,
    serviceId: letter.serviceId === undefined ? null : String(letter.serviceId),
  };
}

const EMPTY: DeadMessage = {
  eventText: null,
  odsCode: null,
  sequenceNumber: null,
  recordId: null,
  receivedMs: null,
  serviceId: null,
  correlationId: null,
  hadStaff: false,
};
