// Numbers on which services receive texts: internals section 3.4.14.
import { randomUUID } from 'node:crypto';
import type { NotifyContext } from '../context.ts';
import {
  deleteNumberSenders,
  dropPermission,
  ensureDefaultSender,
  hasNumber,
  releaseNumber,
  takeNumber,
  turnIntoNumber,
} from './inbound-number-queries.ts';
import {
  demoteDefault,
  findSenderRow,
  insertSender,
  listSenderRows,
  lockServiceSenders,
  type SenderRow,
} from './sender-queries.ts';
import { SenderRefusal } from './senders.ts';
import { recordService, updateServiceRecord } from './service-record-queries.ts';

/** The number is the default sender from now on; it takes the place of the only one there was. */
export async function allocateNumber(
  ctx: NotifyContext,
  serviceId: string,
  numberId: string | undefined,
): Promise<SenderRow> {
  const now = ctx.clock.now();
  const sender = await ctx.db.kysely.transaction().execute(async (trx) => {
    await lockServiceSenders(trx, serviceId);
    if (await hasNumber(trx, serviceId)) throw new SenderRefusal('Service already has an inbound number');
    const number = await takeNumber(trx, { serviceId, numberId, now });
    if (!number) throw new SenderRefusal('There is no such inbound number to give away');
    const senders = await listSenderRows(trx, 'sms_senders', serviceId);
    const [only] = senders;
    if (only && senders.length === 1) {
      await turnIntoNumber(trx, only.id, number, now);
      return findSenderRow(trx, 'sms_senders', serviceId, only.id);
    }
    const id = randomUUID();
    await demoteDefault(trx, 'sms_senders', serviceId, now);
    const added = { id, serviceId, text: number.number, isDefault: true, inboundNumberId: number.id, now };
    await insertSender(trx, 'sms_senders', added);
    return findSenderRow(trx, 'sms_senders', serviceId, id);
  });
  if (!sender) throw new Error('A number was given away and its sender is gone');
  ctx.services.clear();
  return sender;
}

/** The service receives no texts any more; a repeated call changes nothing. */
export async function removeNumber(
  ctx: NotifyContext,
  serviceId: string,
  options: { isArchived: boolean },
): Promise<void> {
  const now = ctx.clock.now();
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await lockServiceSenders(trx, serviceId);
    await dropPermission(trx, serviceId, 'inbound_sms');
    await deleteNumberSenders(trx, serviceId);
    await releaseNumber(trx, serviceId, { ...options, now });
    if (!(await ensureDefaultSender(trx, serviceId, now))) {
      const text = ctx.config.fromNumber.slice(0, 11);
      await insertSender(trx, 'sms_senders', { id: randomUUID(), serviceId, text, isDefault: true, now });
    }
    await updateServiceRecord(trx, serviceId, {}, now);
    await recordService(trx, serviceId, now);
  });
  ctx.services.clear();
}
