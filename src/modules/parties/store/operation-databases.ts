import { type Database, type Handle, openDatabase, sqlState, withNamedLock } from '#platform/db';
import type { Logger } from '#platform/telemetry';
import type { PartiesMetrics } from '../events.ts';
import { type Grant, type Policy, ROLES, type Role } from '../policies/policies.ts';
import { createRole, grantMembership, isMember, roleExists, setGrants } from './role-queries.ts';

/** Connections by role: an operation's statements run on those of its role and can do nothing else. */
export type OperationDatabases = Record<Role, Database> & AsyncDisposable;

/** How often the number of statements that wait for a connection is looked at. */
const WATCH_MS = 5_000;

/** Statements end before the 10 s of a request do; a lock is waited for 2 s (spec section 4.4). */
const SESSION = { statement_timeout: '8000', lock_timeout: '2000' };
const CONNECTIONS: Record<Role, number> = { parties_read: 6, parties_create: 4, parties_delete: 4 };

export function openOperationDatabases(options: {
  url: string;
  withRoles: boolean;
  log: Logger;
  waiting: PartiesMetrics['poolWaiting'];
}): OperationDatabases {
  const { url, withRoles, log, waiting } = options;
  const open = (role: Role) =>
    openDatabase({
      url,
      maxConnections: CONNECTIONS[role],
      applicationName: `signalbox ${role}`,
      session: { ...SESSION, ...(withRoles ? { role } : {}) },
      connectTimeoutMs: 8_000,
      onError: (error) => log.warn({ err: error, role }, 'idle database connection lost'),
    });
  const databases = {
    parties_read: open('parties_read'),
    parties_create: open('parties_create'),
    parties_delete: open('parties_delete'),
  };
  const watch = setInterval(() => {
    for (const role of ROLES) waiting.set({ pool: role }, databases[role].pool.waitingCount);
  }, WATCH_MS).unref();
  return {
    ...databases,
    [Symbol.asyncDispose]: async () => {
      clearInterval(watch);
      for (const role of ROLES) await databases[role][Symbol.asyncDispose]();
    },
  };
}

/** Makes the roles and gives each what the policies of its operations need, and no more. Safe in every process. */
export async function prepareRoles(db: Database, policies: Policy[]): Promise<void> {
  try {
    await withNamedLock(db, 'signalbox parties roles', async () => {
      for (const role of ROLES) await ensureRole(db.kysely, role);
      await db.kysely.transaction().execute(async (trx) => {
        for (const role of ROLES) await setGrants(trx, role, grantsOf(role, policies));
      });
    });
  } catch (error) {
    if (sqlState(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new Error(
      `The database user may not create or use the roles ${ROLES.join(', ')}: give it CREATEROLE, or set PARTIES_DATABASE_ROLES=off`,
      { cause: error },
    );
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';
// Roles belong to the server, and another database's process may make them at the same moment.
const MADE_MEANWHILE = new Set(['42710', '23505']);

async function ensureRole(handle: Handle, role: Role): Promise<void> {
  if (!(await roleExists(handle, role))) {
    try {
      await createRole(handle, role);
    } catch (error) {
      if (!MADE_MEANWHILE.has(sqlState(error) ?? '')) throw error;
    }
  }
  if (!(await isMember(handle, role))) await grantMembership(handle, role);
}

function grantsOf(role: Role, policies: Policy[]): Grant[] {
  const grants = policies.filter((policy) => policy.role === role).flatMap((policy) => policy.grants);
  return [...new Map(grants.map((grant) => [`${grant.resource}:${grant.action}`, grant])).values()];
}
