import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export const AUTH_TYPES = ['sms_auth', 'email_auth', 'webauthn_auth'] as const;

/** A person with all that the admin website knows of them: internals section 3.3. */
export interface UserRow {
  id: string;
  name: string;
  email_address: string;
  mobile_number: string | null;
  auth_type: string;
  state: 'pending' | 'active' | 'inactive';
  platform_admin: boolean;
  current_session_id: string | null;
  failed_login_count: number;
  created_at: Date;
  password_changed_at: Date | null;
  email_access_validated_at: Date | null;
  logged_in_at: Date | null;
  take_part_in_research: boolean;
  receives_new_features_email: boolean;
  organisations: string[];
  services: string[];
  permissions: Record<string, string[]>;
  organisation_permissions: Record<string, string[]>;
}

/** Of `notify.users u`. */
export const USER_COLUMNS = sql`u.id, u.name, u.email_address, u.mobile_number, u.auth_type, u.state, u.platform_admin,
  u.current_session_id, u.failed_login_count, u.created_at, u.password_changed_at, u.email_access_validated_at,
  u.logged_in_at, u.take_part_in_research, u.receives_new_features_email,
  array(
    select o.id from notify.user_to_organisation uo join notify.organisations o on o.id = uo.organisation_id
    where uo.user_id = u.id and o.active order by o.name
  ) as organisations,
  array(
    select s.id from notify.user_to_service us join notify.services s on s.id = us.service_id
    where us.user_id = u.id and s.active order by s.name
  ) as services,
  coalesce((
    select json_object_agg(p.service_id, p.permissions) from (
      select service_id, json_agg(permission order by permission) as permissions
      from notify.user_permissions where user_id = u.id group by service_id) p
  ), '{}') as permissions,
  coalesce((
    select json_object_agg(uo.organisation_id, to_json(uo.permissions))
    from notify.user_to_organisation uo where uo.user_id = u.id
  ), '{}') as organisation_permissions`;

export async function findUser(handle: Handle, id: string): Promise<UserRow | undefined> {
  const { rows } = await sql<UserRow>`select ${USER_COLUMNS} from notify.users u where u.id = ${id}`.execute(
    handle,
  );
  return rows[0];
}

/** Addresses are stored in lower case. */
export async function findUserByEmail(handle: Handle, emailAddress: string): Promise<UserRow | undefined> {
  const { rows } = await sql<UserRow>`
    select ${USER_COLUMNS} from notify.users u where u.email_address = lower(${emailAddress})`.execute(
    handle,
  );
  return rows[0];
}

/** The active people of a team, the longest-serving account first. */
export async function listTeam(handle: Handle, serviceId: string): Promise<UserRow[]> {
  const { rows } = await sql<UserRow>`
    select ${USER_COLUMNS} from notify.user_to_service m join notify.users u on u.id = m.user_id
    where m.service_id = ${serviceId} and u.state <> 'inactive' order by u.created_at, u.id`.execute(handle);
  return rows;
}

export async function listOrganisationMembers(handle: Handle, organisationId: string): Promise<UserRow[]> {
  const { rows } = await sql<UserRow>`
    select ${USER_COLUMNS} from notify.user_to_organisation m join notify.users u on u.id = m.user_id
    where m.organisation_id = ${organisationId} and u.state = 'active' order by u.created_at, u.id`.execute(
    handle,
  );
  return rows;
}

export interface UserSummary {
  id: string;
  name: string;
  email_address: string;
  mobile_number: string | null;
}

const MOST_FOUND = 500;

/** People whose address contains `part`, which is already lower case. */
export async function searchUsers(handle: Handle, part: string): Promise<UserSummary[]> {
  const { rows } = await sql<UserSummary>`
    select id, name, email_address, mobile_number from notify.users
    where position(${part} in email_address) > 0 order by email_address limit ${MOST_FOUND}`.execute(handle);
  return rows;
}

export interface NewUser {
  id: string;
  name: string;
  email_address: string;
  mobile_number: string | null;
  auth_type: string;
  password_hash: string | null;
  state: string;
}

/** Returns false when somebody has the address. */
export async function insertUser(handle: Handle, user: NewUser, now: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.users (id, name, email_address, mobile_number, auth_type, password_hash, state,
      password_changed_at, email_access_validated_at, created_at)
    values (${user.id}, ${user.name}, lower(${user.email_address}), ${user.mobile_number}, ${user.auth_type},
      ${user.password_hash}, ${user.state}, ${now}, ${now}, ${now})
    on conflict (email_address) do nothing`.execute(handle);
  return numAffectedRows === 1n;
}

export interface UserChanges {
  name?: string;
  email_address?: string;
  mobile_number?: string | null;
  auth_type?: string;
  current_session_id?: string | null;
  email_access_validated_at?: string;
  take_part_in_research?: boolean;
  receives_new_features_email?: boolean;
  platform_admin?: boolean;
  state?: string;
  password_hash?: string;
  password_changed_at?: string;
  failed_login_count?: number;
  logged_in_at?: string;
}

/** Sets the columns that `changes` names; false when there is no such person. */
export async function updateUser(
  handle: Handle,
  id: string,
  changes: UserChanges,
  now: Date,
): Promise<boolean> {
  const names = Object.keys(changes);
  if (names.length === 0) return true;
  const sets = names.map((name) => sql`${sql.id(name)} = c.${sql.id(name)}`);
  const { numAffectedRows } = await sql`
    update notify.users u set ${sql.join(sets)}, updated_at = ${now}
    from json_populate_record(null::notify.users, ${JSON.stringify(changes)}::json) c
    where u.id = ${id}`.execute(handle);
  return numAffectedRows === 1n;
}

/** What signing in checks; with the row locked, so that two attempts at once are counted one after the other. */
export async function lockUser(
  handle: Handle,
  id: string,
): Promise<
  { password_hash: string | null; failed_login_count: number; state: string; auth_type: string } | undefined
> {
  const { rows } = await sql<{
    password_hash: string | null;
    failed_login_count: number;
    state: string;
    auth_type: string;
  }>`select password_hash, failed_login_count, state, auth_type from notify.users where id = ${id} for update`.execute(
    handle,
  );
  return rows[0];
}

export async function findPasswordHash(
  handle: Handle,
  id: string,
): Promise<{ password_hash: string | null } | undefined> {
  const { rows } = await sql<{ password_hash: string | null }>`
    select password_hash from notify.users where id = ${id}`.execute(handle);
  return rows[0];
}

export async function countFailedLogin(handle: Handle, id: string): Promise<void> {
  await sql`update notify.users set failed_login_count = failed_login_count + 1 where id = ${id}`.execute(
    handle,
  );
}

export async function forgetFailedLogins(handle: Handle, id: string): Promise<void> {
  await sql`update notify.users set failed_login_count = 0 where id = ${id} and failed_login_count > 0`.execute(
    handle,
  );
}

export interface AccountLinks {
  organisations: { id: string; name: string; count_of_live_services: number }[];
  services: { id: string; name: string; restricted: boolean; organisation: string | null }[];
}

/** What somebody can switch between. */
export async function findAccountLinks(handle: Handle, userId: string): Promise<AccountLinks> {
  const organisations = await sql<AccountLinks['organisations'][number]>`
    select o.id, o.name, (
      select count(*)::int from notify.services s
      where s.organisation_id = o.id and s.active and not s.restricted and s.count_as_live) as count_of_live_services
    from notify.user_to_organisation uo join notify.organisations o on o.id = uo.organisation_id
    where uo.user_id = ${userId} and o.active order by o.name`.execute(handle);
  const services = await sql<AccountLinks['services'][number]>`
    select s.id, s.name, s.restricted, s.organisation_id as organisation
    from notify.user_to_service us join notify.services s on s.id = us.service_id
    where us.user_id = ${userId} and s.active order by s.name`.execute(handle);
  return { organisations: organisations.rows, services: services.rows };
}

/** Everything that lets a person in anywhere. */
export async function removeFromEverything(handle: Handle, userId: string): Promise<void> {
  await sql`delete from notify.user_permissions where user_id = ${userId}`.execute(handle);
  await sql`delete from notify.user_to_service where user_id = ${userId}`.execute(handle);
  await sql`delete from notify.user_to_organisation where user_id = ${userId}`.execute(handle);
}
