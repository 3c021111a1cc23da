import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openAuth } from './auth.fixture.ts';
import { type Actor, listOperators, operatorsSection, signIn } from './index.ts';

const actor: Actor = { kind: 'cli', id: 'root', name: 'root' };
const declared = [
  { email: 'Ada@example.org', role: 'admin', password: 'a password of words' },
  { email: 'sam@example.org', role: 'viewer' },
];
let auth: Awaited<ReturnType<typeof openAuth>>;

before(async () => {
  auth = await openAuth();
});
after(() => auth.close());

test('a dry run says what would be created and creates nothing', async () => {
  assert.deepEqual(await operatorsSection(auth.db).apply(declared, { dryRun: true, actor }), [
    { target: 'operator ada@example.org', change: 'created' },
    { target: 'operator sam@example.org', change: 'created' },
  ]);
  assert.deepEqual(await listOperators(auth.db), []);
});

test('declared operators can sign in, and a second run changes nothing', async () => {
  const section = operatorsSection(auth.db);
  await section.apply(declared, { dryRun: false, actor });
  const attempt = { email: 'ada@example.org', password: 'a password of words', address: '192.0.2.1' };
  assert.equal((await signIn(auth.ctx, attempt)).outcome, 'signed-in');
  assert.deepEqual(await section.apply(declared, { dryRun: false, actor }), [
    { target: 'operator ada@example.org', change: 'unchanged' },
    { target: 'operator sam@example.org', change: 'unchanged' },
  ]);
  const promoted = [{ email: 'sam@example.org', role: 'operator' }];
  assert.deepEqual(await section.apply(promoted, { dryRun: false, actor }), [
    { target: 'operator sam@example.org', change: 'changed' },
  ]);
});

test('the only admin cannot be declared away, and a weak password is refused', async () => {
  const section = operatorsSection(auth.db);
  const demoted = [{ email: 'ada@example.org', role: 'viewer' }];
  await assert.rejects(section.apply(demoted, { dryRun: false, actor }), /only admin who can sign in/);
  const weak = [{ email: 'new@example.org', role: 'viewer', password: 'short' }];
  await assert.rejects(section.apply(weak, { dryRun: true, actor }), /12 characters or more/);
});
