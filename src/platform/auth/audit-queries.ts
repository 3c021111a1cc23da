import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { AuthTables } from './tables.ts';

export interface AuditRow {
  id: string;
  at: Date;
  actor_kind: 'operator' | 'cli' | 'system';
  actor_id: string;
  actor_name: string;
  action: string;
  target: string;
  details: Record<string, unknown>;
}

export async function insertAudit(
  handle: Handle<AuthTables>,
  row: Omit<AuditRow, 'id' | 'at' | 'details'> & { details: string },
): Promise<void> {
  await handle.insertInto('platform.audit_log').values(row).execute();
}

/** Newest first. `text` is the beginning of an actor, an action or a target, each of which has its own index. */
export async function selectAudit(
  handle: Handle<AuthTables>,
  conditions: {
    text?: string | undefined;
    since?: Date | undefined;
    until?: Date | undefined;
    after?: { at: Date; id: string } | undefined;
    limit: number;
  },
): Promise<AuditRow[]> {
  const { text, since, until, after, limit } = conditions;
  const filters: RawBuilder<unknown>[] = [sql`true`];
  if (text !== undefined) {
    const prefix = `${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
    filters.push(
      sql`(lower(actor_name) like ${prefix} or lower(action) like ${prefix} or lower(target) like ${prefix})`,
    );
  }
  if (since !== undefined) filters.push(sql`at >= ${since}`);
  if (until !== undefined) filters.push(sql`at < ${until}`);
  if (after !== undefined) filters.push(sql`(at, id) < (${after.at}::timestamptz, ${after.id}::bigint)`);
  const result = await sql<AuditRow>`
    select id, at, actor_kind, actor_id, actor_name, action, target, details
    from platform.audit_log
    where ${sql.join(filters, sql` and `)}
    order by at desc, id desc
    limit ${limit}
  `.execute(handle);
  return result.rows;
}
