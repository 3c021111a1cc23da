import { type Database, type Handle, typed } from '#platform/db';
import type { Clock } from '#platform/telemetry';
import { type AuditEntry, recordAudit } from './audit.ts';
import {
  selectOperator,
  selectOperatorByEmail,
  updateLastSignIn,
  updatePassword,
} from './operator-queries.ts';
import { actorOf, normaliseEmail } from './operators.ts';
import { hashPassword, passwordProblem, verifyPassword } from './passwords.ts';
import type { Role } from './roles.ts';
import {
  deleteExpiredSessions,
  deleteSession,
  deleteSessionsOf,
  insertSession,
  selectSession,
  selectUsableLink,
  takeSignInLink,
} from './session-queries.ts';
import type { AuthTables } from './tables.ts';
import { admitAttempt, clearAttempts } from './throttle.ts';
import { hashToken, newToken } from './tokens.ts';

export interface AuthContext {
  db: Database;
  clock: Clock;
  sessionHours: number;
}

/** A signed-in operator, as found by the token in the cookie. */
export interface Session {
  operator: { id: string; email: string; role: Role };
  /** Signed in by a link: nothing but setting a password is allowed. */
  isPasswordDue: boolean;
}

export interface NewSession {
  /** Goes into the cookie; it is stored nowhere. */
  token: string;
  expiresAt: Date;
}

export type SignInResult =
  | { outcome: 'signed-in'; session: NewSession }
  | { outcome: 'refused' }
  | { outcome: 'throttled'; retryAt: Date };

/** Signs in with a password. An unknown address, a wrong password and a disabled account look and last the same. */
export async function signIn(
  ctx: AuthContext,
  input: { email: string; password: string; address: string },
): Promise<SignInResult> {
  const { db } = ctx;
  const handle = typed<AuthTables>(db);
  const attempt = { email: normaliseEmail(input.email), address: input.address, now: ctx.clock.now() };
  const admission = await admitAttempt(db, attempt);
  const row = await selectOperatorByEmail(handle, attempt.email);
  if (admission.retryAt) {
    if (admission.isFirstRefused) await auditFailure(handle, row, input.address, 'sign_in.throttled');
    return { outcome: 'throttled', retryAt: admission.retryAt };
  }
  const isRight = await verifyPassword(input.password, row?.password_hash ?? null);
  if (!row || !isRight || row.disabled_at) {
    await auditFailure(handle, row, input.address, 'sign_in.failed');
    return { outcome: 'refused' };
  }
  await clearAttempts(db, attempt);
  const session = await startSession(ctx, row, { isPasswordDue: false, address: input.address });
  return { outcome: 'signed-in', session };
}

/** Who a link would sign in, without using it up: mail scanners and previews follow links too. */
export async function findSignInLink(
  ctx: AuthContext,
  token: string,
): Promise<{ email: string } | undefined> {
  const row = await selectUsableLink(typed<AuthTables>(ctx.db), hashToken(token), ctx.clock.now());
  return row && { email: row.email };
}

/** Uses the link up. The session it starts must set a password first. */
export async function signInByLink(
  ctx: AuthContext,
  input: { token: string; address: string },
): Promise<NewSession | undefined> {
  const handle = typed<AuthTables>(ctx.db);
  const operatorId = await takeSignInLink(handle, hashToken(input.token), ctx.clock.now());
  const row = operatorId === undefined ? undefined : await selectOperator(handle, operatorId);
  if (!row || row.disabled_at) {
    await auditFailure(handle, row, input.address, 'sign_in.link_refused');
    return undefined;
  }
  return startSession(ctx, row, { isPasswordDue: true, address: input.address });
}

export async function findSession(ctx: AuthContext, token: string): Promise<Session | undefined> {
  const row = await selectSession(typed<AuthTables>(ctx.db), hashToken(token), ctx.clock.now());
  return (
    row && { operator: { id: row.id, email: row.email, role: row.role }, isPasswordDue: row.password_due }
  );
}

export async function signOut(ctx: AuthContext, token: string): Promise<void> {
  const session = await findSession(ctx, token);
  await inTransaction(ctx, async (trx) => {
    const isEnded = await deleteSession(trx, hashToken(token));
    if (!isEnded || !session) return;
    const { operator } = session;
    await recordAudit(trx, {
      actor: actorOf(operator),
      action: 'sign_in.ended',
      target: `operator:${operator.id}`,
    });
  });
}

export type PasswordChange =
  | { outcome: 'changed'; session: NewSession }
  | { outcome: 'wrong-password' }
  | { outcome: 'throttled'; retryAt: Date }
  | { outcome: 'refused'; problem: string };

/**
 * Sets a new password, ends every session of the operator and starts a new one. `currentPassword` is needed unless
 * the session came from a sign-in link.
 */
export async function changePassword(
  ctx: AuthContext,
  input: { session: Session; currentPassword: string | undefined; newPassword: string; address: string },
): Promise<PasswordChange> {
  const { operator, isPasswordDue } = input.session;
  const handle = typed<AuthTables>(ctx.db);
  if (!isPasswordDue) {
    const attempt = { email: operator.email, address: input.address, now: ctx.clock.now() };
    const { retryAt } = await admitAttempt(ctx.db, attempt);
    if (retryAt) return { outcome: 'throttled', retryAt };
    const row = await selectOperator(handle, operator.id);
    if (!(await verifyPassword(input.currentPassword ?? '', row?.password_hash ?? null))) {
      await auditFailure(handle, row, input.address, 'operator.password_change_failed');
      return { outcome: 'wrong-password' };
    }
    await clearAttempts(ctx.db, attempt);
  }
  const problem = passwordProblem(input.newPassword, operator.email);
  if (problem !== undefined) return { outcome: 'refused', problem };
  const hash = await hashPassword(input.newPassword);
  const session = newSession(ctx);
  await inTransaction(ctx, async (trx) => {
    await updatePassword(trx, operator.id, hash);
    await deleteSessionsOf(trx, operator.id);
    await insertSession(trx, { ...session.row, operator_id: operator.id, password_due: false });
    await recordAudit(trx, {
      actor: actorOf(operator),
      action: 'operator.password_changed',
      target: `operator:${operator.id}`,
    });
  });
  return { outcome: 'changed', session: session.given };
}

async function startSession(
  ctx: AuthContext,
  operator: { id: string; email: string },
  how: { isPasswordDue: boolean; address: string },
): Promise<NewSession> {
  const session = newSession(ctx);
  await inTransaction(ctx, async (trx) => {
    await deleteExpiredSessions(trx, session.row.created_at);
    await insertSession(trx, { ...session.row, operator_id: operator.id, password_due: how.isPasswordDue });
    await updateLastSignIn(trx, operator.id, session.row.created_at);
    await recordAudit(trx, {
      actor: actorOf(operator),
      action: 'sign_in.succeeded',
      target: `operator:${operator.id}`,
      details: { address: how.address, by: how.isPasswordDue ? 'link' : 'password' },
    });
  });
  return session.given;
}

function newSession(ctx: AuthContext) {
  const token = newToken();
  const createdAt = ctx.clock.now();
  const expiresAt = new Date(createdAt.getTime() + ctx.sessionHours * 3_600_000);
  return {
    given: { token, expiresAt },
    row: { token_hash: hashToken(token), created_at: createdAt, expires_at: expiresAt },
  };
}

/** What was typed is not kept when no account has it: people type passwords into the wrong field. */
async function auditFailure(
  handle: Handle<AuthTables>,
  operator: { id: string } | undefined,
  address: string,
  action: AuditEntry['action'],
): Promise<void> {
  await recordAudit(handle, {
    actor: { kind: 'system', id: 'console', name: 'Console visitor' },
    action,
    target: operator ? `operator:${operator.id}` : 'operator:unknown',
    details: { address },
  });
}

function inTransaction<R>(ctx: AuthContext, work: (trx: Handle<AuthTables>) => Promise<R>): Promise<R> {
  return typed<AuthTables>(ctx.db).transaction().execute(work);
}
