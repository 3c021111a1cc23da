import assert from 'node:assert/strict';
import { migrate, openDatabase } from '#platform/db';
import { createTestDatabase, ensureTemplate } from '../../../test/harness/index.ts';
import {
  type AuthContext,
  authMigrations,
  changePassword,
  createOperator,
  findSession,
  signInByLink,
} from './index.ts';

export const PASSWORD = 'correct horse battery';

/** A database with nothing but the tables of this part. */
export async function openAuthDatabase() {
  await ensureTemplate('platform_auth', async (url) => {
    await using db = openDatabase({ url, maxConnections: 1, applicationName: 'signalbox test' });
    await migrate(db, [authMigrations]);
  });
  return createTestDatabase({ template: 'platform_auth' });
}

/** A database of its own and a clock that starts now and moves only when told to. */
export async function openAuth() {
  const { db, url, [Symbol.asyncDispose]: close } = await openAuthDatabase();
  let nowMs = Date.now();
  const ctx: AuthContext = { db, clock: { now: () => new Date(nowMs) }, sessionHours: 12 };
  const advance = (byMs: number) => {
    nowMs += byMs;
  };
  return { db, url, ctx, advance, close };
}

let addresses = 0;
export function newAddress(): string {
  addresses += 1;
  return `192.0.2.${addresses}`;
}

/** An operator who came in by their link and set PASSWORD. */
export async function operatorWithPassword(ctx: AuthContext, email: string): Promise<string> {
  const actor = { kind: 'cli', id: 'root', name: 'root' } as const;
  const created = await createOperator(ctx.db, { email, role: 'operator', actor });
  assert.ok(created);
  const token = created.path.replace('/sign-in/once/', '');
  const address = newAddress();
  const started = await signInByLink(ctx, { token, address });
  const session = await findSession(ctx, started?.token ?? '');
  assert.ok(session);
  const changed = await changePassword(ctx, {
    session,
    currentPassword: undefined,
    newPassword: PASSWORD,
    address,
  });
  assert.equal(changed.outcome, 'changed');
  return created.operator.id;
}
