import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface CallbackSetting {
  id: string;
  service_id: string;
  callback_type: string;
  url: string;
  updated_by_id: string | null;
  created_at: Date;
  updated_at: Date | null;
}

const COLUMNS = sql.raw('id, service_id, callback_type, url, updated_by_id, created_at, updated_at');

export async function listCallbackSettings(handle: Handle, serviceId: string): Promise<CallbackSetting[]> {
  const { rows } = await sql<CallbackSetting>`
    select ${COLUMNS} from notify.service_callbacks where service_id = ${serviceId} order by callback_type`.execute(
    handle,
  );
  return rows;
}

export async function findCallbackSetting(
  handle: Handle,
  serviceId: string,
  id: string,
): Promise<CallbackSetting | undefined> {
  const { rows } = await sql<CallbackSetting>`
    select ${COLUMNS} from notify.service_callbacks where service_id = ${serviceId} and id = ${id}`.execute(
    handle,
  );
  return rows[0];
}

/** Returns false when the service has a callback of the type already. */
export async function insertCallbackSetting(
  handle: Handle,
  callback: {
    id: string;
    serviceId: string;
    type: string;
    url: string;
    /** Sealed. */
    bearerToken: Buffer;
    updatedById: string | null;
    now: Date;
  },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.service_callbacks (id, service_id, callback_type, url, bearer_token, updated_by_id, created_at)
    values (${callback.id}, ${callback.serviceId}, ${callback.type}, ${callback.url}, ${callback.bearerToken},
      ${callback.updatedById}, ${callback.now})
    on conflict (service_id, callback_type) do nothing`.execute(handle);
  return numAffectedRows === 1n;
}

export async function updateCallbackSetting(
  handle: Handle,
  callback: {
    id: string;
    url: string | undefined;
    bearerToken: Buffer | undefined;
    updatedById: string | null;
    now: Date;
  },
): Promise<void> {
  await sql`
    update notify.service_callbacks
    set url = coalesce(${callback.url ?? null}::text, url),
      bearer_token = coalesce(${callback.bearerToken ?? null}::bytea, bearer_token),
      updated_by_id = ${callback.updatedById}, version = version + 1, updated_at = ${callback.now}
    where id = ${callback.id}`.execute(handle);
}

export async function deleteCallbackSetting(handle: Handle, serviceId: string, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from notify.service_callbacks where service_id = ${serviceId} and id = ${id}`.execute(handle);
  return numAffectedRows === 1n;
}

/** Keeps the callback as it now stands, without its token. */
export async function recordCallback(handle: Handle, id: string, now: Date): Promise<void> {
  await sql`
    insert into notify.settings_history (kind, id, version, service_id, record, recorded_at)
    select 'callback', c.id, c.version, c.service_id, to_jsonb(c) - 'bearer_token', ${now}
    from notify.service_callbacks c where c.id = ${id}
    on conflict do nothing`.execute(handle);
}
