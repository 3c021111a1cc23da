import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type Call, createPartiesApp } from '../testing/parties-app.ts';

test('a store that does not answer is told of without a word of what happened inside', async () => {
  await using app = await createPartiesApp();
  const { kysely } = app.test.database.db;
  const expect = async (
    call: Call,
    status: number,
    error: [code: string, message: string],
    version: string,
  ) => {
    const answer = await app.call(call);
    const [code, message] = error;
    assert.equal(answer.body, `{"errors": [{"code": "${code}", "message": "${message}"}]}`);
    assert.equal(answer.status, status);
    assert.equal(answer.headers.version, version);
  };
  await sql`alter table parties.identifiers rename to hidden`.execute(kysely);
  await expect({ path: '/_status' }, 503, ['SERVICE_UNAVAILABLE', 'Database unavailable'], 'null');
  const body = { ods_code: 'F5H1R', name: 'A' };
  for (const call of [
    { path: '/ProductTeam/x' },
    { method: 'DELETE', path: '/ProductTeam/x' },
    { path: '/Product?product_team_id=x' },
    { method: 'POST', path: '/ProductTeam', body },
  ] satisfies Call[]) {
    await expect(call, 500, ['SERVICE_ERROR', 'An unexpected error occurred'], '1');
  }
  await sql`alter table parties.hidden rename to identifiers`.execute(kysely);
  assert.equal((await app.call({ path: '/_status' })).status, 200);
});
