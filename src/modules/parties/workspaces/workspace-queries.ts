import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { WorkspaceType } from './workspace-names.ts';

export interface WorkspaceRow {
  workspace: string;
  environment: string;
  workspace_type: WorkspaceType;
  database_name: string;
  route: string;
  is_temporary: boolean;
  commit_sha: string | null;
  created_on: Date;
  last_updated: Date;
  expiration_date: Date | null;
}

/** Records a deployment; the time of creation stays what it was. */
export async function upsertWorkspace(
  handle: Handle,
  row: Omit<WorkspaceRow, 'created_on' | 'last_updated'> & { now: Date },
): Promise<void> {
  await sql`
    insert into parties.workspaces
      (workspace, environment, workspace_type, database_name, route, is_temporary, commit_sha, created_on, last_updated,
        expiration_date)
    values (${row.workspace}, ${row.environment}, ${row.workspace_type}, ${row.database_name}, ${row.route},
      ${row.is_temporary}, ${row.commit_sha}, ${row.now}, ${row.now}, ${row.expiration_date})
    on conflict (environment, workspace) do update
      set last_updated = excluded.last_updated, expiration_date = excluded.expiration_date,
        commit_sha = coalesce(excluded.commit_sha, parties.workspaces.commit_sha)
  `.execute(handle);
}

export async function selectWorkspaces(handle: Handle): Promise<WorkspaceRow[]> {
  const result = await sql<WorkspaceRow>`
    select workspace, environment, workspace_type, database_name, route, is_temporary, commit_sha, created_on,
      last_updated, expiration_date
    from parties.workspaces order by environment, workspace
  `.execute(handle);
  return result.rows;
}

export async function selectPublishedWorkspace(
  handle: Handle,
  route: string,
): Promise<WorkspaceRow | undefined> {
  const result = await sql<WorkspaceRow>`
    select workspace, environment, workspace_type, database_name, route, is_temporary, commit_sha, created_on,
      last_updated, expiration_date
    from parties.workspaces where route = ${route}
  `.execute(handle);
  return result.rows[0];
}

export async function deleteWorkspace(handle: Handle, environment: string, workspace: string): Promise<void> {
  await sql`
    delete from parties.workspaces where environment = ${environment} and workspace = ${workspace}
  `.execute(handle);
}

/** Drops a database and whatever is connected to it. */
export async function dropDatabase(handle: Handle, name: string): Promise<void> {
  await sql`drop database if exists ${sql.id(name)} with (force)`.execute(handle);
}

export async function dropSchema(handle: Handle, name: string): Promise<void> {
  await sql`drop schema if exists ${sql.id(name)} cascade`.execute(handle);
}

export async function databaseExists(handle: Handle, name: string): Promise<boolean> {
  const result = await sql`select from pg_database where datname = ${name}`.execute(handle);
  return result.rows.length > 0;
}
