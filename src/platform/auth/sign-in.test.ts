import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newAddress, openAuth, operatorWithPassword, PASSWORD } from './auth.fixture.ts';
import {
  type Actor,
  changePassword,
  createOperator,
  disableOperator,
  enableOperator,
  findSession,
  findSignInLink,
  signIn,
  signInByLink,
  signOut,
} from './index.ts';

const cli: Actor = { kind: 'cli', id: 'root', name: 'root' };
let auth: Awaited<ReturnType<typeof openAuth>>;

before(async () => {
  auth = await openAuth();
});
after(() => auth.close());

test('a link signs in once and then only a password may be set', async () => {
  const created = await createOperator(auth.db, { email: 'Link@Example.org', role: 'viewer', actor: cli });
  const token = created?.path.split('/').at(-1) ?? '';
  assert.deepEqual(await findSignInLink(auth.ctx, token), { email: 'link@example.org' });
  const attempts = await Promise.all(
    [1, 2, 3].map(() => signInByLink(auth.ctx, { token, address: newAddress() })),
  );
  const [session] = attempts.filter((attempt) => attempt !== undefined);
  assert.equal(attempts.filter((attempt) => attempt !== undefined).length, 1);
  assert.equal((await findSession(auth.ctx, session?.token ?? ''))?.isPasswordDue, true);
  assert.equal(await findSignInLink(auth.ctx, token), undefined);
});

test('the right password signs in; a wrong one, an unknown address and a disabled account do not', async () => {
  const id = await operatorWithPassword(auth.ctx, 'pat@example.org');
  const address = newAddress();
  const attempt = (email: string, password: string) => signIn(auth.ctx, { email, password, address });
  assert.equal((await attempt(' PAT@example.org', PASSWORD)).outcome, 'signed-in');
  assert.deepEqual(await attempt('pat@example.org', 'wrong'), { outcome: 'refused' });
  assert.deepEqual(await attempt('nobody@example.org', PASSWORD), { outcome: 'refused' });
  await disableOperator(auth.db, { operatorId: id, actor: cli });
  assert.deepEqual(await attempt('pat@example.org', PASSWORD), { outcome: 'refused' });
  await enableOperator(auth.db, { operatorId: id, actor: cli });
  assert.equal((await attempt('pat@example.org', PASSWORD)).outcome, 'signed-in');
});

test('a session ends on sign-out, on expiry and when its operator is disabled', async () => {
  const id = await operatorWithPassword(auth.ctx, 'session@example.org');
  const start = async () => {
    const result = await signIn(auth.ctx, {
      email: 'session@example.org',
      password: PASSWORD,
      address: newAddress(),
    });
    assert.equal(result.outcome, 'signed-in');
    return result.outcome === 'signed-in' ? result.session.token : '';
  };
  const [signedOut, expired, disabled] = [await start(), await start(), await start()];
  assert.notEqual(signedOut, expired);
  await signOut(auth.ctx, signedOut);
  assert.equal(await findSession(auth.ctx, signedOut), undefined);
  auth.advance(12 * 3_600_000);
  assert.equal(await findSession(auth.ctx, expired), undefined);
  auth.advance(-12 * 3_600_000);
  assert.notEqual(await findSession(auth.ctx, disabled), undefined);
  await disableOperator(auth.db, { operatorId: id, actor: cli });
  assert.equal(await findSession(auth.ctx, disabled), undefined);
});

test('a changed password needs the old one, ends other sessions and must be hard to guess', async () => {
  await operatorWithPassword(auth.ctx, 'change@example.org');
  const credentials = { email: 'change@example.org', password: PASSWORD, address: newAddress() };
  const [mine, other] = [await signIn(auth.ctx, credentials), await signIn(auth.ctx, credentials)];
  assert.ok(mine.outcome === 'signed-in' && other.outcome === 'signed-in');
  const session = await findSession(auth.ctx, mine.session.token);
  assert.ok(session);
  const change = (currentPassword: string, newPassword: string) =>
    changePassword(auth.ctx, { session, currentPassword, newPassword, address: credentials.address });
  assert.deepEqual(await change('wrong', 'a new long password'), { outcome: 'wrong-password' });
  assert.deepEqual(await change(PASSWORD, 'short'), {
    outcome: 'refused',
    problem: 'Password must be 12 characters or more',
  });
  assert.equal((await change(PASSWORD, 'aaaaaaaaaaaaaaaa')).outcome, 'refused');
  const changed = await change(PASSWORD, 'a new long password');
  assert.ok(changed.outcome === 'changed');
  assert.equal(await findSession(auth.ctx, mine.session.token), undefined);
  assert.equal(await findSession(auth.ctx, other.session.token), undefined);
  assert.notEqual(await findSession(auth.ctx, changed.session.token), undefined);
});

test('neither tokens nor what was typed for an unknown account reach the database', async () => {
  await signIn(auth.ctx, { email: 'typed-secret@example.org', password: 'x', address: newAddress() });
  const { rows } = await auth.db.pool.query(
    'select audit_log::text as row from platform.audit_log union all select sign_in_throttles::text from platform.sign_in_throttles',
  );
  assert.ok(rows.every((row) => !row.row.includes('typed-secret')));
});
