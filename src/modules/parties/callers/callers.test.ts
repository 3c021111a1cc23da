import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import type { Actor } from '#platform/auth';
import { type Call, createPartiesApp, PARTIES_KEY, type PartiesApp } from '../testing/parties-app.ts';

const actor: Actor = { kind: 'cli', id: 'cli:test', name: 'Test' };
const NOT_PERMITTED = '{"errors":[{"code":"PROCESSING","message":"Access to this API is not permitted"}]}';

describe('an application and its keys', () => {
  let app: PartiesApp;
  before(async () => {
    app = await createPartiesApp();
  });
  after(() => app[Symbol.asyncDispose]());

  const apply = async (section: object, dryRun = false) => {
    const [running] = app.test.app.modules;
    const changes = await running?.module.apply?.apply(section, { dryRun, actor });
    return changes?.map(({ target, change }) => `${change} ${target}`);
  };
  const status = async (key: string | undefined, call: Call) =>
    (await app.call({ ...call, headers: { apikey: key } })).status;

  it('are set up by the set-up file, twice to the same effect', async () => {
    const section = {
      api_keys: [
        { name: 'reader', key: 'reader-key-1', second_key: 'reader-key-2', permissions: ['read_product'] },
      ],
      ods_codes: ['NEW1'],
    };
    const all = [
      'created parties API key reader',
      'created parties API key reader (second key)',
      'created parties permissions of reader',
      'created parties ODS code NEW1',
    ];
    assert.deepEqual(await apply(section, true), all);
    assert.equal(await status('reader-key-1', { path: '/Product/x' }), 401);
    assert.deepEqual(await apply(section), all);
    assert.deepEqual(
      await apply(section),
      all.map((line) => line.replace('created', 'unchanged')),
    );
    const created = await app.call({
      method: 'POST',
      path: '/ProductTeam',
      body: { name: 'A', ods_code: 'NEW1' },
    });
    assert.equal(created.status, 201);
  });

  it('may call what it was granted and nothing else, with either key', async () => {
    await apply({
      api_keys: [{ name: 'two', key: 'two-key-1', second_key: 'two-key-2', permissions: ['read_product'] }],
    });
    for (const key of ['two-key-1', 'two-key-2']) {
      assert.equal(await status(key, { path: '/Product/x' }), 404);
      for (const call of [
        { path: '/ProductTeam/x' },
        { path: '/Product' },
        { method: 'POST', path: '/ProductTeam', body: {} },
        { method: 'POST', path: '/ProductTeam/x/Product', body: {} },
        { method: 'DELETE', path: '/ProductTeam/x' },
        { method: 'DELETE', path: '/ProductTeam/x/Product/y' },
      ] as Call[]) {
        const answer = await app.call({ ...call, headers: { apikey: key, version: undefined } });
        assert.equal(answer.status, 403);
        assert.equal(answer.body, NOT_PERMITTED);
      }
    }
    await apply({ api_keys: [{ name: 'two', key: 'two-key-1', second_key: null }] });
    const revoked = async () => (await status('two-key-2', { path: '/Product/x' })) === 401;
    for (let tries = 0; tries < 200 && !(await revoked()); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(await revoked(), 'the second key is refused within a few seconds');
  });

  it('keys are not in the database, nor in the counts of who called', async () => {
    await app.call({ path: '/Product/counted' });
    const [running] = app.test.app.modules;
    await running?.module[Symbol.asyncDispose]();
    const counts = await sql<{ application: string; key_name: string; operation: string; status: number }>`
      select application, key_name, operation, status from parties.call_counts
      where application = 'default' and operation = 'read_product'
    `.execute(app.test.database.db.kysely);
    assert.deepEqual(counts.rows, [
      { application: 'default', key_name: 'default', operation: 'read_product', status: 404 },
    ]);
    const keys = await sql<{ found: number }>`
      select count(*)::int as found from platform.api_keys as k where k::text like ${`%${PARTIES_KEY}%`}
    `.execute(app.test.database.db.kysely);
    assert.equal(keys.rows[0]?.found, 0);
  });
});

describe('the rate limit', () => {
  it('refuses what goes beyond it, over two processes together', async () => {
    const environment = { PARTIES_REQUESTS_PER_MINUTE: '50' };
    await using app = await createPartiesApp({ environment, now: new Date('2026-11-21T09:00:10Z') });
    await using other = await createPartiesApp({
      environment,
      sharing: app,
      now: new Date('2026-11-21T09:00:20Z'),
    });
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_, index) => (index % 2 ? app : other).call({ path: '/Product/x' })),
    );
    assert.equal(answers.filter(({ status }) => status === 404).length, 50);
    const refused = answers.filter(({ status }) => status === 429);
    assert.equal(refused.length, 30);
    assert.equal(refused[0]?.body, '{"errors":[{"code":"PROCESSING","message":"Too Many Requests"}]}');
  });
});
