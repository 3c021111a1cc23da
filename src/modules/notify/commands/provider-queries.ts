import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface ChangedProvider {
  identifier: string;
  priority: number;
  active: boolean;
  version: number;
}

/** What is null stays; every change is a version of its own in the history. */
export async function updateProvider(
  handle: Handle,
  change: {
    identifier: string;
    priority: number | null;
    active: boolean | null;
    reason: string;
    createdBy: string;
    now: Date;
  },
): Promise<ChangedProvider | undefined> {
  const { rows } = await sql<ChangedProvider>`
    with changed as (
      update notify.providers
      set priority = coalesce(${change.priority}::int, priority), active = coalesce(${change.active}::boolean, active),
        version = version + 1, updated_at = ${change.now}, created_by = ${change.createdBy}, reason = ${change.reason}
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
