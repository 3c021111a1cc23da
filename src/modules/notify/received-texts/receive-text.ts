import { queueCallbacks } from '../callbacks/queue-callbacks.ts';
import type { NotifyContext } from '../context.ts';
import { newNotificationId } from '../notifications/notification.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { normaliseIfPhoneNumber } from '../recipients/phone-number.ts';
import { cleanText } from '../requests/personalisation-values.ts';
import { findNumberOwner, insertReceivedText } from './received-text-queries.ts';

/** A text as its provider passes it on. */
export interface IncomingText {
  provider: 'mmg' | 'firetext';
  from: string;
  to: string;
  message: string;
  providerReference: string | null;
  providerDate: Date | undefined;
}

/** Stores a text for the service that owns the number and queues its callback; says whether any service does. */
export async function receiveText(ctx: NotifyContext, text: IncomingText): Promise<boolean> {
  const number = text.to.startsWith('44') ? `0${text.to.slice(2)}` : text.to;
  const owner = await findNumberOwner(ctx.db.kysely, cleanText(number));
  ctx.metrics.receivedTexts.inc({ provider: text.provider });
  if (!owner) {
    ctx.log.warn({ provider: text.provider }, 'text received for an unknown number');
    return false;
  }
  if (!owner.mayReceive) {
    ctx.log.error({ provider: text.provider, serviceId: owner.service_id }, 'service may not receive texts');
    return false;
  }
  const now = ctx.clock.now();
  const row = {
    id: newNotificationId(now.getTime()),
    service_id: owner.service_id,
    notify_number: number,
    user_number: cleanText(normaliseIfPhoneNumber(text.from)),
    provider_date: text.providerDate ?? now,
    provider_reference:
      text.providerReference === null ? null : cleanText(text.providerReference).slice(0, 200),
    provider: text.provider,
    content: ctx.secrets.seal(cleanText(text.message)),
    created_at: now,
  };
  await ctx.db.kysely.transaction().execute(async (trx) => {
    // A provider that sends a text again finds it stored.
    if (!(await insertReceivedText(trx, row))) return;
    const body = {
      id: row.id,
      source_number: row.user_number,
      destination_number: row.notify_number,
      message: cleanText(text.message),
      date_received: timestamp(row.provider_date),
    };
    await queueCallbacks(ctx, trx, 'inbound_sms', [
      { serviceId: row.service_id, aboutId: row.id, causedAt: now, correlationId: null, body },
    ]);
  });
  ctx.log.info(
    { serviceId: row.service_id, receivedTextId: row.id, provider: text.provider },
    'text received',
  );
  return true;
}
