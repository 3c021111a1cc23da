import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export type CutoverState = 'LEGACY' | 'BOTH' | 'NEW';

export interface Cutover {
  state: CutoverState;
  changedAt: Date;
  changedBy: string;
  reason: string;
}

const COLUMNS = sql.raw('state, changed_at as "changedAt", changed_by as "changedBy", reason');

export async function selectCutover(handle: Handle, type: string): Promise<Cutover | undefined> {
  const { rows } = await sql<Cutover>`
    select ${COLUMNS} from migration.cutovers where migration_type = ${type}`.execute(handle);
  return rows[0];
}

export async function upsertCutover(handle: Handle, type: string, cutover: Cutover): Promise<void> {
  await sql`
    insert into migration.cutovers (migration_type, state, changed_at, changed_by, reason)
    values (${type}, ${cutover.state}, ${cutover.changedAt}, ${cutover.changedBy}, ${cutover.reason})
    on conflict (migration_type) do update set
      state = excluded.state, changed_at = excluded.changed_at, changed_by = excluded.changed_by,
      reason = excluded.reason`.execute(handle);
}
