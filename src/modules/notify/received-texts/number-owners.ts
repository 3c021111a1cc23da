// Which service receives texts on which number: internals section 3.4.14.
import { randomUUID } from 'node:crypto';
import type { NotifyContext } from '../context.ts';
import {
  addDefaultSender,
  dropInboundSenders,
  findNumberOf,
  listOwnSenders,
  type OwnedNumber,
  releaseNumber,
  replaceSender,
  switchNumberOff,
  takeNumber,
} from './number-owner-queries.ts';

type NumberContext = Pick<NotifyContext, 'db' | 'clock' | 'services'>;

/**
 * Gives a service a number, the given or the first free one, and makes it a sender: in place of its only one, else a new
 * default. A number goes to one service whoever asks at the same time; undefined when none is to be had. A service that
 * has a number keeps it.
 */
export async function allocateNumber(
  ctx: NumberContext,
  serviceId: string,
  numberId?: string,
): Promise<{ number: OwnedNumber; senderId: string } | undefined> {
  const result = await ctx.db.kysely.transaction().execute(async (trx) => {
    const now = ctx.clock.now();
    // Locked first, so that two requests for one service take turns.
    const senders = await listOwnSenders(trx, serviceId);
    const known = await findNumberOf(trx, serviceId);
    const number = known ?? (await takeNumber(trx, { serviceId, numberId, now }));
    if (!number) return undefined;
    const [only] = senders;
    if (senders.length === 1 && only) {
      await replaceSender(trx, { id: only.id, number: number.number, numberId: number.id, now });
      return { number, senderId: only.id };
    }
    const senderId = randomUUID();
    const sender = { id: senderId, serviceId, number: number.number, numberId: number.id, now };
    await addDefaultSender(trx, sender);
    return { number, senderId };
  });
  ctx.services.clear();
  return result;
}

/** Stops texts to a service's number; returns whether it has one. */
export function switchOff(ctx: NumberContext, serviceId: string): Promise<boolean> {
  return switchNumberOff(ctx.db.kysely, serviceId, ctx.clock.now());
}

/** Takes receiving away from a service; its number is free for others then, or out of use with `archive`. */
export async function stopReceiving(
  ctx: NumberContext,
  serviceId: string,
  options: { archive: boolean },
): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const now = ctx.clock.now();
    await dropInboundSenders(trx, serviceId, now);
    await releaseNumber(trx, { serviceId, archive: options.archive, now });
  });
  ctx.services.clear();
}
