import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openDatabase } from '#platform/db';
import { newAddress, openAuth, operatorWithPassword, PASSWORD } from './auth.fixture.ts';
import { searchAudit, signIn } from './index.ts';

let auth: Awaited<ReturnType<typeof openAuth>>;

before(async () => {
  auth = await openAuth();
});
after(() => auth.close());

test('the eleventh guess at an account within a quarter of an hour is not looked at, from any address', async () => {
  await operatorWithPassword(auth.ctx, 'guessed@example.org');
  await using other = openDatabase({ url: auth.url, maxConnections: 4, applicationName: 'test' });
  const processes = [auth.ctx, { ...auth.ctx, db: other }];
  const guesses = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      signIn(processes[index % 2] ?? auth.ctx, {
        email: 'guessed@example.org',
        password: `guess ${index}`,
        address: newAddress(),
      }),
    ),
  );
  assert.equal(guesses.filter((guess) => guess.outcome === 'refused').length, 10);
  const right = { email: 'guessed@example.org', password: PASSWORD, address: newAddress() };
  assert.equal((await signIn(auth.ctx, right)).outcome, 'throttled');
  auth.advance(16 * 60_000);
  assert.equal((await signIn(auth.ctx, right)).outcome, 'signed-in');
  const { entries } = await searchAudit(auth.db.kysely, { text: 'sign_in.throttled' }, { limit: 10 });
  assert.equal(entries.length, 1);
});

test('one address that guesses at many accounts is throttled', async () => {
  await auth.db.pool.query(
    `insert into platform.sign_in_throttles values ('address:198.51.100.1', 50, $1::timestamptz + interval '1 minute')`,
    [auth.ctx.clock.now()],
  );
  const result = await signIn(auth.ctx, {
    email: 'someone@example.org',
    password: 'x',
    address: '198.51.100.1',
  });
  assert.equal(result.outcome, 'throttled');
});
