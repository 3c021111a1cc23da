import { type Database, type Handle, typed } from '#platform/db';
import { type Actor, recordAudit } from './audit.ts';
import {
  insertOperator,
  insertOperatorWhenNone,
  lockEnabledAdmins,
  type OperatorRow,
  selectOperator,
  selectOperators,
  updateDisabled,
  updateRole,
} from './operator-queries.ts';
import type { Role } from './roles.ts';
import { deleteSessionsOf, deleteSignInLinksOf, insertSignInLink } from './session-queries.ts';
import type { AuthTables } from './tables.ts';
import { hashToken, newToken } from './tokens.ts';

/** A person who may use the console. */
export interface Operator {
  id: string;
  email: string;
  role: Role;
  isDisabled: boolean;
  hasPassword: boolean;
  createdAt: Date;
  lastSignInAt: Date | null;
}

const LINK_HOURS = 24;
const FIRST_OPERATOR = 'admin@signalbox.localhost';
const SYSTEM: Actor = { kind: 'system', id: 'signalbox', name: 'Signalbox' };

/** The actor of everything this operator does. */
export function actorOf(operator: { id: string; email: string }): Actor {
  return { kind: 'operator', id: operator.id, name: operator.email };
}

export async function listOperators(db: Database): Promise<Operator[]> {
  return (await selectOperators(typed<AuthTables>(db))).map(toOperator);
}

export async function findOperator(db: Database, id: string): Promise<Operator | undefined> {
  const row = await selectOperator(typed<AuthTables>(db), id);
  return row && toOperator(row);
}

/** A new operator and the path of the link that signs them in once; undefined when the address is taken. */
export async function createOperator(
  db: Database,
  input: { email: string; role: Role; actor: Actor },
): Promise<{ operator: Operator; path: string } | undefined> {
  return typed<AuthTables>(db)
    .transaction()
    .execute(async (trx) => {
      const row = await insertOperator(trx, { email: normaliseEmail(input.email), role: input.role });
      if (!row) return undefined;
      await recordAudit(trx, {
        actor: input.actor,
        action: 'operator.created',
        target: `operator:${row.id}`,
        details: { email: row.email, role: row.role },
      });
      return { operator: toOperator(row), path: await addSignInLink(trx, row.id) };
    });
}

/** Only while nobody has been added: an admin, and the path of the link that signs them in once. */
export async function createFirstOperator(
  db: Database,
  email: string = FIRST_OPERATOR,
): Promise<{ email: string; path: string } | undefined> {
  return typed<AuthTables>(db)
    .transaction()
    .execute(async (trx) => {
      const row = await insertOperatorWhenNone(trx, normaliseEmail(email));
      if (!row) return undefined;
      await recordAudit(trx, {
        actor: SYSTEM,
        action: 'operator.created',
        target: `operator:${row.id}`,
        details: { email: row.email, role: row.role },
      });
      return { email: row.email, path: await addSignInLink(trx, row.id) };
    });
}

/** A fresh link for someone who lost the password or never used the first link; links before it stop working. */
export async function issueSignInLink(
  db: Database,
  input: { operatorId: string; actor: Actor },
): Promise<string | undefined> {
  return typed<AuthTables>(db)
    .transaction()
    .execute(async (trx) => {
      const row = await selectOperator(trx, input.operatorId);
      if (!row || row.disabled_at) return undefined;
      await recordAudit(trx, {
        actor: input.actor,
        action: 'operator.sign_in_link_issued',
        target: `operator:${row.id}`,
      });
      return addSignInLink(trx, row.id);
    });
}

export type OperatorChange = 'changed' | 'unchanged' | 'last-admin';

export async function setOperatorRole(
  db: Database,
  input: { operatorId: string; role: Role; actor: Actor },
): Promise<OperatorChange> {
  const { operatorId, role, actor } = input;
  return changeOperator(
    db,
    { operatorId, actor, action: 'operator.role_changed', details: { role } },
    (trx) => updateRole(trx, operatorId, role),
  );
}

/** Ends every session and link of the operator at once. */
export async function disableOperator(
  db: Database,
  input: { operatorId: string; actor: Actor },
): Promise<OperatorChange> {
  const { operatorId, actor } = input;
  return changeOperator(db, { operatorId, actor, action: 'operator.disabled' }, async (trx) => {
    await deleteSessionsOf(trx, operatorId);
    await deleteSignInLinksOf(trx, operatorId);
    return updateDisabled(trx, operatorId, new Date());
  });
}

export async function enableOperator(
  db: Database,
  input: { operatorId: string; actor: Actor },
): Promise<OperatorChange> {
  const { operatorId, actor } = input;
  return changeOperator(db, { operatorId, actor, action: 'operator.enabled' }, (trx) =>
    updateDisabled(trx, operatorId, null),
  );
}

export function normaliseEmail(email: string): string {
  return email.trim().toLowerCase();
}

class LastAdminError extends Error {}

/** One change with its audit entry, unless it would leave no admin who can sign in. */
async function changeOperator(
  db: Database,
  entry: { operatorId: string; actor: Actor; action: string; details?: object },
  change: (trx: Handle<AuthTables>) => Promise<boolean>,
): Promise<OperatorChange> {
  try {
    return await typed<AuthTables>(db)
      .transaction()
      .execute(async (trx) => {
        const before = await lockEnabledAdmins(trx);
        if (!(await change(trx))) return 'unchanged';
        // Thrown, so that the change is rolled back with it.
        if (before.length > 0 && (await lockEnabledAdmins(trx)).length === 0) throw new LastAdminError();
        const { operatorId, ...rest } = entry;
        await recordAudit(trx, { ...rest, target: `operator:${operatorId}` });
        return 'changed';
      });
  } catch (error) {
    if (error instanceof LastAdminError) return 'last-admin';
    throw error;
  }
}

async function addSignInLink(trx: Handle<AuthTables>, operatorId: string): Promise<string> {
  const token = newToken();
  const now = new Date();
  await deleteSignInLinksOf(trx, operatorId);
  await insertSignInLink(trx, {
    token_hash: hashToken(token),
    operator_id: operatorId,
    created_at: now,
    expires_at: new Date(now.getTime() + LINK_HOURS * 3_600_000),
  });
  return `/sign-in/once/${token}`;
}

function toOperator(row: OperatorRow): Operator {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    isDisabled: row.disabled_at !== null,
    hasPassword: row.password_hash !== null,
    createdAt: row.created_at,
    lastSignInAt: row.last_sign_in_at,
  };
}
