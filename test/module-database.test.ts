import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { odsCodeAt } from '#reference/pharmacies';
import { createTestApp, TEST_API_KEY, type TestApp } from './harness/app.ts';
import { createTestDatabase, type TestDatabase } from './harness/index.ts';

let own: TestDatabase;
let app: TestApp;
before(async () => {
  own = await createTestDatabase();
  app = await createTestApp({
    environment: { DIRECTORY_DATABASE_URL: own.url, SIGNALBOX_MODULES: 'directory' },
  });
});
after(async () => {
  await app[Symbol.asyncDispose]();
  await own[Symbol.asyncDispose]();
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
