import { randomUUID } from 'node:crypto';
import type { NotifyContext } from '../context.ts';
import type { SenderKind } from '../services/apply-queries.ts';
import {
  archiveSenderRow,
  demoteDefault,
  findSenderRow,
  insertSender,
  listSenderRows,
  lockServiceSenders,
  type SenderRow,
  updateSender,
} from './sender-queries.ts';

/** Why a sender was not changed, in the words of internals section 3.4.11. */
export class SenderRefusal extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.name = 'SenderRefusal';
    this.status = status;
  }
}

const NO_DEFAULT: Record<SenderKind, string | undefined> = {
  email_reply_to: 'You must have at least one reply to email address as the default.',
  sms_senders: 'You must have at least one SMS sender as the default',
  // Letters may go without an address of the sender.
  letter_contacts: undefined,
};

export interface SenderText {
  text: string;
  isDefault: boolean;
}

/** Adds a sender; a new default takes the place of the old one. */
export async function addSender(
  ctx: NotifyContext,
  kind: SenderKind,
  serviceId: string,
  sender: SenderText,
): Promise<SenderRow> {
  const id = randomUUID();
  return changing(ctx, kind, { serviceId, id }, async (trx, others) => {
    refuseDuplicate(kind, others, sender.text);
    if (!sender.isDefault && !others.some((one) => one.is_default)) refuseWithoutDefault(kind);
    const now = ctx.clock.now();
    if (sender.isDefault) await demoteDefault(trx, kind, serviceId, now);
    await insertSender(trx, kind, { id, serviceId, ...sender, now });
  });
}

/** Undefined when the service has no such sender. */
export async function changeSender(
  ctx: NotifyContext,
  kind: SenderKind,
  place: { serviceId: string; id: string },
  sender: SenderText,
): Promise<SenderRow | undefined> {
  const known = await findSenderRow(ctx.db.kysely, kind, place.serviceId, place.id);
  if (!known) return undefined;
  return changing(ctx, kind, place, async (trx, others) => {
    if (known.inbound_number_id !== null && known.text !== sender.text) {
      throw new SenderRefusal(`You can not change the inbound number for service ${place.serviceId}`);
    }
    refuseDuplicate(kind, others, sender.text);
    if (!sender.isDefault && !others.some((one) => one.is_default)) refuseWithoutDefault(kind);
    const now = ctx.clock.now();
    if (sender.isDefault) await demoteDefault(trx, kind, place.serviceId, now);
    await updateSender(trx, kind, { id: place.id, ...sender, now });
  });
}

export async function archiveSender(
  ctx: NotifyContext,
  kind: SenderKind,
  place: { serviceId: string; id: string },
): Promise<SenderRow | undefined> {
  const known = await findSenderRow(ctx.db.kysely, kind, place.serviceId, place.id);
  if (!known) return undefined;
  return changing(ctx, kind, place, async (trx) => {
    const now = await findSenderRow(trx, kind, place.serviceId, place.id);
    if (now?.inbound_number_id) throw new SenderRefusal('You cannot delete an inbound number');
    if (now?.is_default && kind === 'email_reply_to') {
      throw new SenderRefusal('You cannot delete a default email reply to address');
    }
    if (now?.is_default && kind === 'sms_senders') {
      throw new SenderRefusal('You cannot delete a default sms sender');
    }
    await archiveSenderRow(trx, kind, place.id, ctx.clock.now());
  });
}

async function changing(
  ctx: NotifyContext,
  kind: SenderKind,
  place: { serviceId: string; id: string },
  change: (trx: Parameters<typeof findSenderRow>[0], others: SenderRow[]) => Promise<void>,
): Promise<SenderRow> {
  const { serviceId, id } = place;
  const row = await ctx.db.kysely.transaction().execute(async (trx) => {
    await lockServiceSenders(trx, serviceId);
    const all = await listSenderRows(trx, kind, serviceId);
    await change(
      trx,
      all.filter((one) => one.id !== id),
    );
    return findSenderRow(trx, kind, serviceId, id);
  });
  if (!row) throw new Error('A sender was changed and is gone');
  ctx.services.clear();
  ctx.templates.clear();
  return row;
}

function refuseDuplicate(kind: SenderKind, others: SenderRow[], text: string): void {
  if (kind !== 'email_reply_to' || !others.some((one) => one.text === text)) return;
  throw new SenderRefusal(`‘${text}’ is already a reply-to email address for this service.`, 409);
}

function refuseWithoutDefault(kind: SenderKind): void {
  const message = NO_DEFAULT[kind];
  if (message !== undefined) throw new SenderRefusal(message);
}
