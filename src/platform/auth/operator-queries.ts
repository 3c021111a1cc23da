import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Role } from './roles.ts';
import type { AuthTables } from './tables.ts';

export interface OperatorRow {
  id: string;
  email: string;
  role: Role;
  password_hash: string | null;
  disabled_at: Date | null;
  created_at: Date;
  last_sign_in_at: Date | null;
}

const COLUMNS = [
  'id',
  'email',
  'role',
  'password_hash',
  'disabled_at',
  'created_at',
  'last_sign_in_at',
] as const;

/** Undefined when the address is taken. */
export async function insertOperator(
  handle: Handle<AuthTables>,
  row: { email: string; role: Role },
): Promise<OperatorRow | undefined> {
  return handle
    .insertInto('platform.operators')
    .values({ ...row, password_hash: null, disabled_at: null, last_sign_in_at: null })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning(COLUMNS)
    .executeTakeFirst();
}

/** Processes that start together insert the same address, so exactly one of them gets the row. */
export async function insertOperatorWhenNone(
  handle: Handle<AuthTables>,
  email: string,
): Promise<OperatorRow | undefined> {
  const result = await sql<OperatorRow>`
    insert into platform.operators (email, role)
    select ${email}, 'admin' where not exists (select from platform.operators)
    on conflict (email) do nothing
    returning ${sql.join(COLUMNS.map((column) => sql.ref(column)))}
  `.execute(handle);
  return result.rows[0];
}

export async function selectOperatorByEmail(handle: Handle<AuthTables>, email: string) {
  return handle
    .selectFrom('platform.operators')
    .select(COLUMNS)
    .where('email', '=', email)
    .executeTakeFirst();
}

export async function selectOperator(handle: Handle<AuthTables>, id: string) {
  return handle.selectFrom('platform.operators').select(COLUMNS).where('id', '=', id).executeTakeFirst();
}

/** Everyone: a console has tens of operators, not thousands. */
export async function selectOperators(handle: Handle<AuthTables>): Promise<OperatorRow[]> {
  return handle.selectFrom('platform.operators').select(COLUMNS).orderBy('email').execute();
}

/** Locks the enabled admins, so that two people removing each other's role cannot leave none. */
export async function lockEnabledAdmins(handle: Handle<AuthTables>): Promise<string[]> {
  const rows = await handle
    .selectFrom('platform.operators')
    .select('id')
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute();
  return rows.map((row) => row.id);
}

export async function updateRole(handle: Handle<AuthTables>, id: string, role: Role): Promise<boolean> {
  const result = await handle
    .updateTable('platform.operators')
    .set({ role })
    .where('id', '=', id)
    .where('role', '<>', role)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function updateDisabled(
  handle: Handle<AuthTables>,
  id: string,
  disabledAt: Date | null,
): Promise<boolean> {
  const result = await handle
    .updateTable('platform.operators')
    .set({ disabled_at: disabledAt })
    .where('id', '=', id)
    .where('disabled_at', disabledAt === null ? 'is not' : 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function updatePassword(handle: Handle<AuthTables>, id: string, hash: string): Promise<void> {
  await handle.updateTable('platform.operators').set({ password_hash: hash }).where('id', '=', id).execute();
}

export async function updateLastSignIn(handle: Handle<AuthTables>, id: string, at: Date): Promise<void> {
  await handle.updateTable('platform.operators').set({ last_sign_in_at: at }).where('id', '=', id).execute();
}
