import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface NewEventRow {
  aggregate_type: 'product_team' | 'product';
  aggregate_id: string;
  name: string;
  payload: object;
  occurred_at: string;
  application: string;
  correlation_id: string | null;
}

/** Domain events of a change, in the change's own transaction: spec section 5. */
export async function insertDomainEvents(handle: Handle, events: NewEventRow[]): Promise<void> {
  if (events.length === 0) return;
  await sql`
    insert into parties.domain_events
      (aggregate_type, aggregate_id, name, payload, occurred_at, application, correlation_id)
    select aggregate_type, aggregate_id, name, payload, occurred_at, application, correlation_id
    from json_to_recordset(${JSON.stringify(events)}::json) as event (
      aggregate_type text, aggregate_id text, name text, payload json, occurred_at timestamptz, application text,
      correlation_id text
    )
  `.execute(handle);
}
