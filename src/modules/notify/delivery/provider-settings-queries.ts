import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** A provider as people see and switch it: internals section 3.4.19. */
export interface ProviderSetting {
  id: string;
  identifier: string;
  display_name: string;
  notification_type: string;
  priority: number;
  active: boolean;
  supports_international: boolean;
  version: number;
  updated_at: Date | null;
  created_by: string | null;
  reason: string | null;
}

const COLUMNS = sql.raw(
  `id, identifier, display_name, notification_type, priority, active, supports_international, version, updated_at,
   created_by, reason`,
);

export async function listProviderSettings(handle: Handle): Promise<ProviderSetting[]> {
  const { rows } = await sql<ProviderSetting>`
    select ${COLUMNS} from notify.providers
    order by notification_type, active desc, priority desc, identifier`.execute(handle);
  return rows;
}

export async function findProviderSetting(
  handle: Handle,
  identifier: string,
): Promise<ProviderSetting | undefined> {
  const { rows } = await sql<ProviderSetting>`
    select ${COLUMNS} from notify.providers where identifier = ${identifier}`.execute(handle);
  return rows[0];
}

export type ProviderVersion = Omit<ProviderSetting, 'id' | 'display_name' | 'notification_type'>;

/** The newest 100, newest first. */
export async function listProviderVersions(handle: Handle, identifier: string): Promise<ProviderVersion[]> {
  const { rows } = await sql<ProviderVersion>`
    select identifier, priority, active, supports_international, version, updated_at, created_by, reason
    from notify.providers_history where identifier = ${identifier} order by version desc limit 100`.execute(
    handle,
  );
  return rows;
}

export interface ProviderChange {
  identifier: string;
  priority?: number | undefined;
  active?: boolean | undefined;
  createdBy: string;
  reason: string;
  now: Date;
}

export type ChangedProvider = Pick<ProviderSetting, 'identifier' | 'priority' | 'active' | 'version'>;

/** The next version of a provider, kept in its history; undefined when there is no such provider. */
export async function changeProvider(
  handle: Handle,
  change: ProviderChange,
): Promise<ChangedProvider | undefined> {
  const { rows } = await sql<ChangedProvider>`
    with changed as (
      update notify.providers
      set priority = coalesce(${change.priority ?? null}::int, priority),
        active = coalesce(${change.active ?? null}::boolean, active), version = version + 1,
        updated_at = ${change.now}, created_by = ${change.createdBy}, reason = ${change.reason}
      where identifier = ${change.identifier}
      returning identifier, version, priority, active, supports_international, updated_at, created_by, reason
    ),
    kept as (
      insert into notify.providers_history
        (identifier, version, priority, active, supports_international, updated_at, created_by, reason)
      select * from changed
    )
    select identifier, priority, active, version from changed`.execute(handle);
  return rows[0];
}
