import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export async function insertAdminEvent(
  handle: Handle,
  event: { id: string; type: string; data: Record<string, unknown>; now: Date },
): Promise<void> {
  await sql`
    insert into notify.admin_events (id, event_type, data, created_at)
    values (${event.id}, ${event.type}, ${JSON.stringify(event.data)}::jsonb, ${event.now})`.execute(handle);
}
