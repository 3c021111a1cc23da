import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import { USER_COLUMNS, type UserRow } from './user-queries.ts';

/** London days as the moments they begin; `until` is the moment the last day ends. Undefined leaves nothing out. */
export interface UserListFilter {
  loggedInFrom: Date | undefined;
  loggedInUntil: Date | undefined;
  createdFrom: Date | undefined;
  createdUntil: Date | undefined;
  takesPartInResearch: boolean | undefined;
}

export type ListedUser = UserRow & { service_names: { id: string; name: string }[] };

/** Active people, for mails to all of them and for research; the first to come first. */
export async function listActiveUsers(handle: Handle, filter: UserListFilter): Promise<ListedUser[]> {
  const conditions = [
    sql`u.state = 'active'`,
    ...(filter.loggedInFrom === undefined ? [] : [sql`u.logged_in_at >= ${filter.loggedInFrom}`]),
    ...(filter.loggedInUntil === undefined ? [] : [sql`u.logged_in_at < ${filter.loggedInUntil}`]),
    ...(filter.createdFrom === undefined ? [] : [sql`u.created_at >= ${filter.createdFrom}`]),
    ...(filter.createdUntil === undefined ? [] : [sql`u.created_at < ${filter.createdUntil}`]),
    ...(filter.takesPartInResearch === undefined
      ? []
      : [sql`u.take_part_in_research = ${filter.takesPartInResearch}`]),
  ];
  const { rows } = await sql<ListedUser>`
    select ${USER_COLUMNS}, coalesce((
        select json_agg(json_build_object('id', s.id, 'name', s.name) order by s.name)
        from notify.user_to_service us join notify.services s on s.id = us.service_id
        where us.user_id = u.id and s.active
      ), '[]') as service_names
    from notify.users u where ${sql.join(conditions, sql` and `)} order by u.created_at, u.id`.execute(
    handle,
  );
  return rows;
}
