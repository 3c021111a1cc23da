import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface ApiKeyRow {
  id: string;
  name: string;
  key_type: string;
  expiry_date: Date | null;
  created_at: Date;
  updated_at: Date | null;
  created_by_id: string | null;
  version: number;
}

const COLUMNS = sql.raw('id, name, key_type, expiry_date, created_at, updated_at, created_by_id, version');

/** Keys in use, and those revoked in the seven days before `now`. */
export async function listRecentKeys(handle: Handle, serviceId: string, now: Date): Promise<ApiKeyRow[]> {
  const { rows } = await sql<ApiKeyRow>`
    select ${COLUMNS} from notify.api_keys
    where service_id = ${serviceId}
      and (expiry_date is null or expiry_date > ${now}::timestamptz - interval '7 days')
    order by created_at, id`.execute(handle);
  return rows;
}

export async function findLiveKey(
  handle: Handle,
  serviceId: string,
  id: string,
): Promise<ApiKeyRow | undefined> {
  const { rows } = await sql<ApiKeyRow>`
    select ${COLUMNS} from notify.api_keys
    where service_id = ${serviceId} and id = ${id} and expiry_date is null`.execute(handle);
  return rows[0];
}

export interface NewApiKey {
  id: string;
  serviceId: string;
  name: string;
  keyType: string;
  /** Sealed. */
  secret: Buffer;
  createdById: string | null;
  now: Date;
}

/** Returns false when a key in use has the name. */
export async function insertApiKey(handle: Handle, key: NewApiKey): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.api_keys (id, service_id, name, secret, key_type, created_by_id, created_at)
    values (${key.id}, ${key.serviceId}, ${key.name}, ${key.secret}, ${key.keyType}, ${key.createdById}, ${key.now})
    on conflict (service_id, name) where expiry_date is null do nothing`.execute(handle);
  return numAffectedRows === 1n;
}

/** Returns false for a key that is not in use. */
export async function expireApiKey(
  handle: Handle,
  key: { serviceId: string; id: string; now: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.api_keys set expiry_date = ${key.now}, version = version + 1, updated_at = ${key.now}
    where service_id = ${key.serviceId} and id = ${key.id} and expiry_date is null`.execute(handle);
  return numAffectedRows === 1n;
}
