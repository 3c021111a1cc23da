import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openAuth } from './auth.fixture.ts';
import { type Actor, applyOperator, findSession, listOperators, signIn } from './index.ts';

const actor: Actor = { kind: 'cli', id: 'root', name: 'root' };
const ada = { email: 'Ada@example.org', role: 'admin', password: 'a password of words' } as const;
const attempt = { email: 'ada@example.org', password: ada.password, address: '192.0.2.1' };
let auth: Awaited<ReturnType<typeof openAuth>>;

before(async () => {
  auth = await openAuth();
});
after(() => auth.close());

test('a dry run says what would be created and creates nothing', async () => {
  assert.equal(await applyOperator(auth.db, ada, { dryRun: true, actor }), 'created');
  assert.deepEqual(await listOperators(auth.db), []);
});

test('a declared operator can sign in, and a second run changes nothing', async () => {
  assert.equal(await applyOperator(auth.db, ada, { dryRun: false, actor }), 'created');
  const signedIn = await signIn(auth.ctx, attempt);
  assert.ok(signedIn.outcome === 'signed-in');
  assert.equal(await applyOperator(auth.db, ada, { dryRun: false, actor }), 'unchanged');
  assert.notEqual(await findSession(auth.ctx, signedIn.session.token), undefined);
});

test('a new password signs the operator out everywhere', async () => {
  const signedIn = await signIn(auth.ctx, attempt);
  assert.ok(signedIn.outcome === 'signed-in');
  const changed = { ...ada, password: 'another password of words' };
  assert.equal(await applyOperator(auth.db, changed, { dryRun: false, actor }), 'changed');
  assert.equal(await findSession(auth.ctx, signedIn.session.token), undefined);
});

test('the only admin cannot be declared away', async () => {
  const demoted = { ...ada, role: 'viewer' } as const;
  await assert.rejects(
    applyOperator(auth.db, demoted, { dryRun: false, actor }),
    /only admin who can sign in/,
  );
  assert.equal((await listOperators(auth.db))[0]?.role, 'admin');
});
