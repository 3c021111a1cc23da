import { randomBytes } from 'node:crypto';
import { authMigrations, createApiKeyStore } from '#platform/auth';
import {
  type AppliedMigration,
  createDatabaseIfMissing,
  type Database,
  findPendingMigrations,
  type MigrationSet,
  migrate,
  openDatabase,
  violatedConstraint,
} from '#platform/db';
import { eventMigrations } from '#platform/events';
import { jobsMigrations } from '#platform/jobs';
import { CommandRefusal } from '#platform/module';
import { processMigrations } from '#platform/processes';
import type { Clock } from '#platform/telemetry';
import { API_KEY_OWNER } from '../callers/callers.ts';
import { isOnBranchOrGone } from './commits.ts';
import { expiryOf, routeOf, workspacePrefixOf, workspaceTypeOf } from './workspace-names.ts';
import {
  databaseExists,
  deleteWorkspace,
  dropDatabase,
  dropSchema,
  selectWorkspaces,
  upsertWorkspace,
  type WorkspaceRow,
} from './workspace-queries.ts';

/** Isolated deployments as databases beside the module's own, with one record each (spec section 8.6). */
export interface WorkspaceContext {
  db: Database;
  clock: Clock;
  /** URL of another database on the same server. */
  siblingDatabaseUrl(name: string): string;
}

const MIGRATIONS: MigrationSet[] = [
  authMigrations,
  eventMigrations,
  jobsMigrations,
  processMigrations,
  { name: 'parties', directory: new URL('../migrations/', import.meta.url) },
];

/**
 * Makes the workspace's database if it has none, brings its schema up to date and extends its expiry. A new one gets a
 * key of its own, without which its calls would be refused; the key is known only to the caller.
 */
export async function deployWorkspace(
  ctx: WorkspaceContext,
  wanted: { name: string; environment: string; commit: string | undefined },
): Promise<{ databaseUrl: string; route: string; apiKey: string | undefined }> {
  const { name, environment, commit } = wanted;
  const databaseUrl = ctx.siblingDatabaseUrl(`ws_${environment}_${name}`);
  const database = databaseNameOf(databaseUrl);
  const isNew = !(await databaseExists(ctx.db.kysely, database));
  const type = workspaceTypeOf(name, environment);
  const route = routeOf(name, environment, type);
  const now = ctx.clock.now();
  // Recorded first: a database that nobody knows of would never expire.
  await recordDeployment(ctx, {
    workspace: name,
    environment,
    workspace_type: type,
    database_name: database,
    route,
    is_temporary: type !== 'PERSISTENT',
    commit_sha: commit ?? null,
    expiration_date: expiryOf(type, now) ?? null,
    now,
  });
  await createDatabaseIfMissing(ctx.db.url, database);
  await using db = openDatabase({
    url: databaseUrl,
    maxConnections: 2,
    applicationName: 'signalbox workspace',
  });
  await migrate(db, MIGRATIONS);
  if (!isNew) return { databaseUrl, route, apiKey: undefined };
  const apiKey = randomBytes(24).toString('base64url');
  await createApiKeyStore(db).put(API_KEY_OWNER, 'workspace', apiKey);
  return { databaseUrl, route, apiKey };
}

async function recordDeployment(
  ctx: WorkspaceContext,
  row: Parameters<typeof upsertWorkspace>[1],
): Promise<void> {
  try {
    await upsertWorkspace(ctx.db.kysely, row);
  } catch (error) {
    if (violatedConstraint(error) !== 'workspaces_route_key') throw error;
    throw new CommandRefusal(`Another workspace is published under ${row.route}: choose another name`, 2);
  }
}

/** Schema migrations that a deployment of the workspace would run; all of them when it has no database yet. */
export async function planDeployment(
  ctx: WorkspaceContext,
  { name, environment }: { name: string; environment: string },
): Promise<AppliedMigration[]> {
  const databaseUrl = ctx.siblingDatabaseUrl(`ws_${environment}_${name}`);
  const isNew = !(await databaseExists(ctx.db.kysely, databaseNameOf(databaseUrl)));
  if (isNew) return findPendingMigrations(undefined, MIGRATIONS);
  await using db = openDatabase({
    url: databaseUrl,
    maxConnections: 1,
    applicationName: 'signalbox workspace',
  });
  return await findPendingMigrations(db, MIGRATIONS);
}

/** Drops the workspace's database and its record. */
export async function destroyWorkspace(
  ctx: WorkspaceContext,
  environment: string,
  name: string,
): Promise<void> {
  const workspace = await findWorkspace(ctx, environment, name);
  if (workspace.workspace_type === 'PERSISTENT') {
    throw new CommandRefusal(
      `${name} is the persistent deployment of ${environment} and is not destroyed`,
      2,
    );
  }
  await dropDatabase(ctx.db.kysely, workspace.database_name);
  await deleteWorkspace(ctx.db.kysely, environment, name);
}

/** Destroys what has expired in these environments; one failure does not stop the rest. */
export async function destroyExpired(
  ctx: WorkspaceContext,
  environments: string[],
): Promise<{ destroyed: string[]; failed: { workspace: string; error: unknown }[] }> {
  const now = ctx.clock.now();
  const expired = (await selectWorkspaces(ctx.db.kysely)).filter(
    (workspace) =>
      environments.includes(workspace.environment) &&
      workspace.workspace_type !== 'PERSISTENT' &&
      workspace.expiration_date !== null &&
      workspace.expiration_date < now,
  );
  return destroyAll(ctx, expired);
}

/** Destroys the workspaces of a branch that newer commits have replaced: spec section 8.6. */
export async function destroyRedundant(
  ctx: WorkspaceContext,
  options: { branch: string; commit: string; allCommits: boolean; killAll: boolean; folder: string },
): Promise<{ destroyed: string[]; failed: { workspace: string; error: unknown }[] }> {
  const { branch, commit, allCommits, killAll, folder } = options;
  const prefix = workspacePrefixOf(branch);
  if (prefix === undefined) {
    throw new CommandRefusal(`A branch is feature/<TICKET>-... or release/<date>, not ${branch}`, 2);
  }
  const redundant: WorkspaceRow[] = [];
  for (const workspace of await selectWorkspaces(ctx.db.kysely)) {
    // The separator is part of the prefix: ticket 10 is not ticket 100.
    if (workspace.workspace_type === 'PERSISTENT' || !workspace.workspace.startsWith(prefix)) continue;
    const sha = workspace.workspace.slice(prefix.length);
    const isCurrent = sha !== '' && commit.startsWith(sha);
    if (allCommits && killAll) redundant.push(workspace);
    else if ((allCommits || !isCurrent) && (await isOnBranchOrGone(folder, sha, branch)))
      redundant.push(workspace);
  }
  return destroyAll(ctx, redundant);
}

const FORCED_SCHEMAS = ['parties', 'pgboss', 'platform'];

/**
 * Takes a corrupted workspace apart piece by piece, going on past what fails. The record stays: an ordinary destroy
 * clears it. Returns what was done and what was not.
 */
export async function forceDestroy(
  ctx: WorkspaceContext,
  environment: string,
  name: string,
): Promise<{ done: string[]; failed: { step: string; error: unknown }[] }> {
  const { database_name: database } = await findWorkspace(ctx, environment, name);
  const done: string[] = [];
  const failed: { step: string; error: unknown }[] = [];
  const attempt = async (step: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      done.push(step);
    } catch (error) {
      failed.push({ step, error });
    }
  };
  if (await databaseExists(ctx.db.kysely, database)) {
    await using inside = openDatabase({
      url: ctx.siblingDatabaseUrl(`ws_${environment}_${name}`),
      maxConnections: 1,
      applicationName: 'signalbox workspace',
    });
    for (const schema of FORCED_SCHEMAS) {
      await attempt(`schema ${schema}`, () => dropSchema(inside.kysely, schema));
    }
  }
  await attempt(`database ${database}`, () => dropDatabase(ctx.db.kysely, database));
  return { done, failed };
}

export function listWorkspaces(ctx: WorkspaceContext): Promise<WorkspaceRow[]> {
  return selectWorkspaces(ctx.db.kysely);
}

async function findWorkspace(
  ctx: WorkspaceContext,
  environment: string,
  name: string,
): Promise<WorkspaceRow> {
  const found = (await selectWorkspaces(ctx.db.kysely)).find(
    (workspace) => workspace.environment === environment && workspace.workspace === name,
  );
  if (!found) throw new CommandRefusal(`${environment} has no workspace ${name}`);
  return found;
}

async function destroyAll(ctx: WorkspaceContext, workspaces: WorkspaceRow[]) {
  const destroyed: string[] = [];
  const failed: { workspace: string; error: unknown }[] = [];
  for (const { environment, workspace } of workspaces) {
    try {
      await destroyWorkspace(ctx, environment, workspace);
      destroyed.push(workspace);
    } catch (error) {
      failed.push({ workspace, error });
    }
  }
  return { destroyed, failed };
}

function databaseNameOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}
