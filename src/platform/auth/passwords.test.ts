import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, verifyPassword } from './index.ts';

test('a password is recognised up to its last character', async () => {
  const long = 'aB3$'.repeat(64);
  const hash = await hashPassword(long);
  assert.equal(await verifyPassword(long, hash), true);
  assert.equal(await verifyPassword(`${long.slice(0, -1)}!`, hash), false);
  assert.equal(await verifyPassword(long, null), false);
});
