import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Empties the register of parties. For the sandbox and for tests: a real one only ever deactivates. */
export async function deleteAllParties(handle: Handle): Promise<void> {
  await sql`
    truncate parties.products, parties.identifiers, parties.retired_aliases, parties.product_teams,
      parties.domain_events, parties.bulk_loads
  `.execute(handle);
}

/** Turns of the reset: one process at a time. */
export async function lockReset(handle: Handle): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('parties sandbox reset', 0))`.execute(handle);
}

/** Whether there has never been a team. */
export async function isEmpty(handle: Handle): Promise<boolean> {
  const result = await sql`select from parties.product_teams limit 1`.execute(handle);
  return result.rows.length === 0;
}
