import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Answer, createPartiesApp, keyOf, type PartiesApp } from '../testing/parties-app.ts';

const TIME = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}\+00:00`;
const UUID4 = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const PRODUCT_ID = String.raw`P\.[ACDEFGHJKLMNPRTUVWXY34679]{3}-[ACDEFGHJKLMNPRTUVWXY34679]{3}`;

function assertHeaders(answer: Answer, status: number, version = '1'): void {
  assert.equal(answer.status, status, answer.body);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(Number(answer.headers['content-length']), Buffer.byteLength(answer.body));
  assert.equal(answer.headers.version, version);
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.equal(answer.headers['transfer-encoding'], undefined);
  assert.equal(answer.headers['content-encoding'], undefined);
}

describe('bodies of success, to the byte', () => {
  let app: PartiesApp;
  before(async () => {
    app = await createPartiesApp();
  });
  after(() => app[Symbol.asyncDispose]());

  it('a team without keys is 196 + name + code long', async () => {
    const body = { name: 'Team é 😀 "q" \\ /\u007f', ods_code: 'F5H1R' };
    const escaped = String.raw`Team \u00e9 \ud83d\ude00 \"q\" \\ /\u007f`;
    const answer = await app.call({ method: 'POST', path: '/ProductTeam', body });
    assertHeaders(answer, 201);
    const [, id, time] = new RegExp(`"id": "(${UUID4})".*"created_on": "(${TIME})"`).exec(answer.body) ?? [];
    assert.equal(
      answer.body,
      `{"id": "${id}", "name": "${escaped}", "ods_code": "F5H1R", "status": "active", ` +
        `"created_on": "${time}", "updated_on": null, "deleted_on": null, "keys": []}`,
    );
    assert.equal(answer.body.length, 196 + escaped.length + 5);
    const read = await app.call({ path: `/ProductTeam/${id}` });
    assertHeaders(read, 200);
    assert.equal(read.body, answer.body);
  });

  it('a team with a key is 280 + name + code long, keeps the case of its key and is read by it', async () => {
    const alias = '6F1C2D3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f';
    const body = { keys: [{ ...keyOf(alias), more: 1 }], name: 'Northern Triage Tools', ods_code: 'Y90001' };
    const answer = await app.call({ method: 'POST', path: '/ProductTeam', body });
    assertHeaders(answer, 201);
    assert.ok(
      answer.body.endsWith(`"keys": [{"key_type": "product_team_id", "key_value": "${alias}"}]}`),
      answer.body,
    );
    assert.equal(answer.body.length, 307);
    assert.equal(answer.body.length, 280 + 'Northern Triage Tools'.length + 'Y90001'.length);
    const read = await app.call({ path: `/ProductTeam/${alias}` });
    assertHeaders(read, 200);
    assert.equal(read.body, answer.body);
    assert.equal((await app.call({ path: `/ProductTeam/${alias.toLowerCase()}` })).status, 404);
  });

  it('a product of a team with an alias is 291 + name + code long', async () => {
    const alias = randomUUID();
    const team = await app.createTeam({ ods_code: 'Y90001', keys: [keyOf(alias)] });
    const path = `/ProductTeam/${alias}/Product`;
    const answer = await app.call({ method: 'POST', path, body: { name: 'Bed Finder' } });
    assertHeaders(answer, 201);
    const [, id, time] =
      new RegExp(`"id": "(${PRODUCT_ID})".*"created_on": "(${TIME})"`).exec(answer.body) ?? [];
    assert.equal(
      answer.body,
      `{"id": "${id}", "cpm_product_team_id": "${team.id}", "product_team_id": "${alias}", ` +
        `"name": "Bed Finder", "ods_code": "Y90001", "status": "active", "created_on": "${time}", ` +
        '"updated_on": null, "deleted_on": null, "keys": []}',
    );
    assert.equal(answer.body.length, 307);
    assert.equal(answer.body.length, 291 + 'Bed Finder'.length + 'Y90001'.length);
    const read = await app.call({ path: `/Product/${id}` });
    assertHeaders(read, 200);
    assert.equal(read.body, answer.body);
  });

  it('a product of a team without an alias is 257 + name + code long and keeps its spaces', async () => {
    const team = await app.createTeam();
    const path = `/ProductTeam/${team.id}/Product`;
    const answer = await app.call({ method: 'POST', path, body: { name: '  a  b ' } });
    assertHeaders(answer, 201);
    assert.match(answer.body, /"product_team_id": null, "name": " {2}a {2}b ", /);
    assert.equal(answer.body.length, 257 + 7 + 5);
  });

  it('deletions say what was deleted, a team by its generated id', async () => {
    const alias = randomUUID();
    const team = await app.createTeam({ keys: [keyOf(alias)] });
    const product = await app.createProduct(alias);
    const first = await app.call({ method: 'DELETE', path: `/ProductTeam/${alias}/Product/${product.id}` });
    assertHeaders(first, 200);
    assert.equal(first.body, `{"code": "RESOURCE_DELETED", "message": "${product.id} has been deleted."}`);
    assert.equal(first.body.length, 70);
    const headers = { 'content-type': 'application/json' };
    const second = await app.call({ method: 'DELETE', path: `/ProductTeam/${alias}`, headers });
    assertHeaders(second, 200);
    assert.equal(second.body, `{"code": "RESOURCE_DELETED", "message": "${team.id} has been deleted."}`);
    assert.equal(second.body.length, 97);
  });

  it('a search groups by organisation and team, and has the lengths of the contract', async () => {
    const alias = randomUUID();
    const team = await app.createTeam({ ods_code: 'AB123', keys: [keyOf(alias)] });
    const one = await app.createProduct(team.id, 'One');
    const single = await app.call({ path: `/Product?product_team_id=${alias}` });
    assertHeaders(single, 200);
    assert.equal(
      single.body,
      `{"results": [{"org_code": "AB123", "product_teams": [{"product_team_id": "${alias}", ` +
        `"cpm_product_team_id": "${team.id}", "products": [${one.body}]}]}]}`,
    );
    assert.equal(single.body.length, 190 + 5 + one.body.length);
    const two = await app.createProduct(team.id, 'Two');
    const both = await app.call({ path: `/Product?product_team_id=${team.id}` });
    assert.equal(both.body.length, 190 + 5 + one.body.length + 2 + two.body.length);

    const other = await app.createTeam({ ods_code: 'AB123' });
    const three = await app.createProduct(other.id, 'Three');
    await app.createTeam({ ods_code: 'AB123' });
    const alone = await app.call({ path: `/Product?product_team_id=${other.id}` });
    assert.equal(alone.body.length, 156 + 5 + three.body.length);

    const teamText = (id: string, teamAlias: string | null, bodies: { id: string; body: string }[]) =>
      `{"product_team_id": ${teamAlias === null ? 'null' : `"${teamAlias}"`}, "cpm_product_team_id": "${id}", ` +
      `"products": [${bodies
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .map(({ body }) => body)
        .join(', ')}]}`;
    const teams = [
      { id: team.id, text: teamText(team.id, alias, [one, two]) },
      { id: other.id, text: teamText(other.id, null, [three]) },
    ].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const all = await app.call({ path: '/Product?organisation_code=AB123' });
    assertHeaders(all, 200);
    assert.equal(
      all.body,
      `{"results": [{"org_code": "AB123", "product_teams": [${teams.map(({ text }) => text).join(', ')}]}]}`,
    );
  });

  it('finds nothing in the same bytes whatever is asked for', async () => {
    for (const query of [
      'product_team_id=',
      'product_team_id=nobody',
      'organisation_code=nobody',
      'organisation_code=ab123',
      'organisation_code=AB%00123',
      'organisation_code=x&organisation_code=nobody',
    ]) {
      const answer = await app.call({ path: `/Product?${query}` });
      assertHeaders(answer, 200);
      assert.equal(answer.body, '{"results": []}', query);
    }
  });

  it('the status needs neither key nor version', async () => {
    const answer = await app.call({ path: '/_status', headers: { apikey: undefined, version: undefined } });
    assertHeaders(answer, 200, 'null');
    assert.equal(answer.body, '{"code": "OK", "message": "Transaction successful"}');
    assert.equal(answer.body.length, 51);
  });

  it('echoes request and correlation ids, and answers below the base path too', async () => {
    const headers = { 'x-request-id': 'not-a-uuid', 'x-correlation-id': 'SMOKE:1' };
    const answer = await app.call({ path: '/connecting-party-manager/_status', headers });
    assertHeaders(answer, 200, 'null');
    assert.equal(answer.headers['x-request-id'], 'not-a-uuid');
    assert.equal(answer.headers['x-correlation-id'], 'SMOKE:1');
    const product = await app.createProduct((await app.createTeam()).id);
    const read = await app.call({ path: `/connecting-party-manager/Product/${product.id}` });
    assert.equal(read.body, product.body);
    const console = await app.test.console.inject({ method: 'GET', url: '/parties/_status' });
    assert.equal(console.body, '{"code": "OK", "message": "Transaction successful"}');
  });

  it('reads a body whatever its content type says', async () => {
    const body = '{"name": "A", "ods_code": "F5H1R"}';
    for (const type of [undefined, 'text/plain', 'application/json; charset=utf-8', 'garbage', ';;;', '']) {
      const headers = { 'content-type': type };
      const answer = await app.call({ method: 'POST', path: '/ProductTeam', headers, body });
      assertHeaders(answer, 201);
    }
  });

  it('turns numbers and booleans into the texts Python makes of them', async () => {
    for (const [literal, text] of [
      ['12', '12'],
      ['-0', '0'],
      ['1.0', '1.0'],
      ['1e3', '1000.0'],
      ['1.5', '1.5'],
      ['1e16', '1e+16'],
      ['0.00001', '1e-05'],
      ['123456789012345678901234567890', '123456789012345678901234567890'],
      ['true', 'True'],
      ['false', 'False'],
    ]) {
      const body = `{"name": ${literal}, "ods_code": "F5H1R"}`;
      const answer = await app.call({ method: 'POST', path: '/ProductTeam', body });
      assert.equal((answer.json() as { name: string }).name, text, answer.body);
    }
  });

  it('preflights need no key and name the methods of their path', async () => {
    for (const [path, methods] of [
      ['/ProductTeam', 'GET,OPTIONS,POST'],
      ['/ProductTeam/x', 'GET,OPTIONS,DELETE'],
      ['/ProductTeam/x/Product', 'GET,OPTIONS,POST'],
      ['/ProductTeam/x/Product/y', 'OPTIONS,DELETE'],
      ['/Product', 'GET,OPTIONS'],
      ['/Product/x', 'GET,OPTIONS'],
    ]) {
      const headers = { apikey: undefined, version: undefined };
      const answer = await app.call({ method: 'OPTIONS', path: path ?? '', headers });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['access-control-allow-origin'], '*');
      assert.equal(
        answer.headers['access-control-allow-headers'],
        'apikey,authorization,content-type,version',
      );
      assert.equal(answer.headers['access-control-allow-methods'], methods);
    }
  });
});
