import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPartiesApp } from '../testing/parties-app.ts';
import { SANDBOX_PRODUCTS, SANDBOX_TEAMS } from './reset-sandbox.ts';

test('the sandbox is open, holds example data, knows declared codes alone, and can be put back', async () => {
  await using app = await createPartiesApp({ environment: { PARTIES_SANDBOX: 'on' } });
  const call = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) =>
    app.call({ method, path, headers: { apikey: undefined }, ...(body ? { body } : {}) });
  const [withAlias, without] = SANDBOX_TEAMS;
  for (const id of [withAlias?.id, withAlias?.keys[0]?.key_value, without?.id]) {
    assert.equal((await call('GET', `/ProductTeam/${id}`)).status, 200);
  }
  for (const { id } of SANDBOX_PRODUCTS) {
    assert.equal((await call('DELETE', `/ProductTeam/${withAlias?.id}/Product/${id}`)).status, 200);
  }
  assert.equal((await call('POST', '/ProductTeam', { name: 'Mine', ods_code: 'F5H1R' })).status, 201);
  assert.equal((await call('POST', '/ProductTeam', { name: 'Mine', ods_code: 'Y90001' })).status, 422);
  assert.equal((await app.call({ path: '/Product', headers: { version: undefined } })).status, 400);
  assert.deepEqual(app.ods.asked, []);
  const [running] = app.test.app.modules;
  const command = running?.module.commands?.find(({ name }) => name === 'sandbox');
  await command?.run({ action: 'reset' }, () => undefined);
  await command?.run({ action: 'reset' }, () => undefined);
  const search = await call('GET', `/Product?organisation_code=F5H1R`);
  for (const { id } of SANDBOX_PRODUCTS) assert.ok(search.body.includes(id));
});

test('what is no sandbox cannot be reset', async () => {
  await using app = await createPartiesApp();
  const team = await app.createTeam();
  const [running] = app.test.app.modules;
  const command = running?.module.commands?.find(({ name }) => name === 'sandbox');
  await assert.rejects(async () => command?.run({ action: 'reset' }, () => undefined), /no sandbox/);
  assert.equal((await app.call({ path: `/ProductTeam/${team.id}` })).status, 200);
});
