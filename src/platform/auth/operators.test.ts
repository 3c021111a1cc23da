import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openDatabase } from '#platform/db';
import { openAuth } from './auth.fixture.ts';
import {
  type Actor,
  createFirstOperator,
  createOperator,
  disableOperator,
  listOperators,
  setOperatorRole,
} from './index.ts';

const cli: Actor = { kind: 'cli', id: 'root', name: 'root' };
let auth: Awaited<ReturnType<typeof openAuth>>;

before(async () => {
  auth = await openAuth();
});
after(() => auth.close());

test('of processes that start together one makes the first operator, and later starts make none', async () => {
  await using other = openDatabase({ url: auth.url, maxConnections: 2, applicationName: 'test' });
  const made = await Promise.all([
    createFirstOperator(auth.db),
    createFirstOperator(other),
    createFirstOperator(auth.db),
  ]);
  const first = made.filter((result) => result !== undefined);
  assert.equal(first.length, 1);
  assert.equal(first[0]?.email, 'admin@signalbox.localhost');
  assert.match(first[0]?.path ?? '', /^\/sign-in\/once\/[\w-]{43}$/);
  assert.equal(await createFirstOperator(auth.db), undefined);
});

test('the last admin can be neither disabled nor given a lesser role, even by two people at once', async () => {
  const created = await createOperator(auth.db, {
    email: 'second-admin@example.org',
    role: 'admin',
    actor: cli,
  });
  const admins = (await listOperators(auth.db)).filter((operator) => operator.role === 'admin');
  assert.equal(admins.length, 2);
  const changes = await Promise.all(
    admins.map((admin) => setOperatorRole(auth.db, { operatorId: admin.id, role: 'viewer', actor: cli })),
  );
  assert.deepEqual(changes.toSorted(), ['changed', 'last-admin']);
  const left = (await listOperators(auth.db)).filter((operator) => operator.role === 'admin');
  assert.equal(left.length, 1);
  assert.equal(await disableOperator(auth.db, { operatorId: left[0]?.id ?? '', actor: cli }), 'last-admin');
  assert.ok(created);
});
