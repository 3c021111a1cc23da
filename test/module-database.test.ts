import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { odsCodeAt } from '#reference/pharmacies';
import { createTestApp, TEST_API_KEY, type TestApp } from './harness/app.ts';
import { createTestDatabase, type TestDatabase } from './harness/index.ts';

let own: TestDatabase;
let ownOfLists: TestDatabase;
let app: TestApp;
before(async () => {
  own = await createTestDatabase();
  ownOfLists = await createTestDatabase();
  app = await createTestApp({
    environment: {
      DIRECTORY_DATABASE_URL: own.url,
      LISTS_DATABASE_URL: ownOfLists.url,
      LISTS_STATUS_URL: 'none',
      SIGNALBOX_MODULES: 'directory,lists',
    },
  });
});
after(async () => {
  await app[Symbol.asyncDispose]();
  await own[Symbol.asyncDispose]();
  await ownOfLists[Symbol.asyncDispose]();
});

test('a module with a database of its own keeps its rows, jobs and events there', async () => {
  const response = await app.module('directory').inject({
    method: 'POST',
    url: '/v1/change-event',
    headers: {
      'x-api-key': TEST_API_KEY,
      'content-type': 'application/json',
      'sequence-number': '1',
      'correlation-id': 'own-database',
    },
    payload: JSON.stringify({
      ODSCode: odsCodeAt(3),
      OrganisationTypeId: 'PHA',
      OrganisationSubType: 'Community',
    }),
  });
  assert.equal(response.statusCode, 200);
  await app.drain();
  const [main, directory] = app.app.stores;
  assert.equal(directory?.name, 'directory');
  const names = (await directory.events.journey('own-database')).map((event) => event.name);
  assert.ok(names.includes('update_request.succeeded'), names.join(', '));
  assert.deepEqual(await main.events.journey('own-database'), []);
  const { rows } = await main.db.pool.query(`select to_regnamespace('directory') as directory`);
  assert.deepEqual(rows, [{ directory: null }]);
});

test('its health is told apart from that of the shared database', async () => {
  const response = await app.console.inject({ method: 'GET', url: '/health' });
  const { components } = response.json();
  assert.equal(components.database.status, 'UP');
  assert.equal(components.database_directory.status, 'UP');
});

test('it sees the traffic that processes note in the shared database, and raises its alarm', async () => {
  const [main] = app.app.stores;
  const lists = app.app.modules.find(({ definition }) => definition.name === 'lists');
  const task = lists?.module.tasks.find(({ name }) => name === 'lists.check_alarms');
  assert.ok(lists && task);
  const check = async (requests: number) => {
    const labels = { listener: 'lists' };
    const metricName = 'signalbox_http_request_seconds_count';
    const metrics = [
      { name: 'signalbox_http_request_seconds', values: [{ value: requests, metricName, labels }] },
    ];
    await main.db.pool.query(
      `insert into platform.processes (id, role, host, pid, version, started_at, seen_at, metrics)
        values ('5f0c1a52-9d0e-4f2b-8d43-0a7f5b1c2d3e', 'web', 'host', 1, '1', now(), now(), $1)
        on conflict (id) do update set seen_at = now(), metrics = excluded.metrics`,
      [JSON.stringify(metrics)],
    );
    await lists.store.jobs.enqueue(null, task, [{ payload: {} }]);
    // The letter about an alarm waits: there is no mail server in this test.
    await app.drain().catch((error) => assert.match(String(error), /the mail server does not answer/));
    const { events } = await lists.store.events.search({ name: 'alarm.raised' }, { limit: 10 });
    return events.map(({ properties }) => properties.alarm);
  };
  assert.deepEqual(await check(1_000), []);
  assert.deepEqual(await check(1_100), ['RequestRate']);
});
