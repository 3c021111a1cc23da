import type { Handle } from '#platform/db';
import { uuidV7 } from '#platform/http';
import type { NotifyContext } from '../context.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { sendCallbackTask } from '../tasks/definitions.ts';
import {
  type CallbackType,
  findDestinations,
  insertCallbacks,
  type NewCallback,
} from './callback-queries.ts';

/** Something a service may want to be told. */
export interface CallbackEvent {
  serviceId: string;
  /** The notification, text or complaint it is about. */
  aboutId: string;
  causedAt: Date;
  correlationId: string | null;
  body: object;
}

type CallbackContext = Pick<NotifyContext, 'jobs' | 'secrets' | 'clock'>;

/**
 * Queues callbacks for those services that have one of the type: public section 6.16. Destination and body are fixed
 * here, in the caller's transaction; only a received text looks its destination up when it is sent.
 */
export async function queueCallbacks(
  ctx: CallbackContext,
  handle: Handle,
  type: CallbackType,
  events: readonly CallbackEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const serviceIds = [...new Set(events.map((event) => event.serviceId))];
  const destinations = new Map(
    (await findDestinations(handle, type, serviceIds)).map((found) => [found.service_id, found]),
  );
  const wanted = events.filter((event) => destinations.has(event.serviceId));
  if (wanted.length === 0) return;
  const isFixed = type !== 'inbound_sms';
  const rows = wanted.map((event): NewCallback & { correlationId: string | null } => {
    const destination = isFixed ? destinations.get(event.serviceId) : undefined;
    return {
      id: uuidV7(),
      service_id: event.serviceId,
      callback_type: type,
      url: destination?.url ?? null,
      bearer_token: destination?.bearer_token.toString('base64') ?? null,
      body: ctx.secrets.seal(JSON.stringify(event.body)).toString('base64'),
      about_id: event.aboutId,
      caused_at: event.causedAt,
      created_at: ctx.clock.now(),
      correlationId: event.correlationId,
    };
  });
  await insertCallbacks(handle, rows);
  await ctx.jobs.enqueue(
    handle,
    sendCallbackTask,
    rows.map((row) => ({
      payload: { id: row.id },
      key: row.service_id,
      correlationId: row.correlationId,
    })),
  );
}

export interface StatusFields {
  id: string;
  client_reference: string | null;
  recipient: string;
  notification_status: string;
  created_at: Date;
  updated_at: Date | null;
  sent_at: Date | null;
  notification_type: string;
  template_id: string;
  template_version: number;
}

/** The body of a delivery status callback. */
export function deliveryStatusBody(row: StatusFields): object {
  return {
    id: row.id,
    reference: row.client_reference,
    to: row.recipient,
    status: row.notification_status,
    created_at: timestamp(row.created_at),
    completed_at: timestamp(row.updated_at),
    sent_at: timestamp(row.sent_at),
    notification_type: row.notification_type,
    template_id: row.template_id,
    template_version: row.template_version,
  };
}
