import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export type CallbackType = 'delivery_status' | 'inbound_sms' | 'returned_letter' | 'complaint';

export interface CallbackDestination {
  service_id: string;
  url: string;
  bearer_token: Buffer;
}

/** Where services want callbacks of one type. */
export async function findDestinations(
  handle: Handle,
  type: CallbackType,
  serviceIds: readonly string[],
): Promise<CallbackDestination[]> {
  const { rows } = await sql<CallbackDestination>`
    select service_id, url, bearer_token from notify.service_callbacks
    where callback_type = ${type} and service_id = any(${[...serviceIds]}::uuid[])`.execute(handle);
  return rows;
}

export interface NewCallback {
  id: string;
  service_id: string;
  callback_type: CallbackType;
  url: string | null;
  /** Sealed, in base64 like the body. */
  bearer_token: string | null;
  body: string;
  about_id: string;
  caused_at: Date;
  created_at: Date;
}

export async function insertCallbacks(handle: Handle, callbacks: NewCallback[]): Promise<void> {
  await sql`
    insert into notify.queued_callbacks
      (id, service_id, callback_type, url, bearer_token, body, about_id, caused_at, created_at)
    select id, service_id, callback_type, url, decode(bearer_token, 'base64'), decode(body, 'base64'), about_id,
      caused_at, created_at
    from json_to_recordset(${JSON.stringify(callbacks)}::json) as i(id uuid, service_id uuid, callback_type text,
      url text, bearer_token text, body text, about_id uuid, caused_at timestamptz, created_at timestamptz)`.execute(
    handle,
  );
}

export interface QueuedCallbackRow {
  id: string;
  service_id: string;
  callback_type: CallbackType;
  url: string | null;
  bearer_token: Buffer | null;
  body: Buffer;
  about_id: string;
  attempts: number;
  caused_at: Date;
}

export async function findCallbacks(handle: Handle, ids: string[]): Promise<QueuedCallbackRow[]> {
  const { rows } = await sql<QueuedCallbackRow>`
    select id, service_id, callback_type, url, bearer_token, body, about_id, attempts, caused_at
    from notify.queued_callbacks where id = any(${ids}::uuid[])`.execute(handle);
  return rows;
}
