import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { type Call, createPartiesApp, keyOf, type PartiesApp } from '../testing/parties-app.ts';

const REQUESTS = 10_000;
const AT_ONCE = 20;

/** A generator with a seed, so that a failure can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff x',
  'a\n',
  '\u2028',
  '😀',
  "' or 1=1 --",
  '%',
  '%00',
  '{}',
  'null',
  'F5H1R',
  'x'.repeat(11_000),
  '\u007f',
  '../../etc',
  '__proto__',
  'constructor',
  '0',
  '-1',
  '1e999',
  'ÿ',
  '\uFEFF',
];
const LITERALS = [
  'null',
  'true',
  '1',
  '-0',
  '1e999',
  '[]',
  '{}',
  '[[[]]]',
  '[{}]',
  '[null]',
  '{"a": 1}',
  'NaN',
  '[1,',
  '"',
];

describe('ten thousand generated bad requests', () => {
  let app: PartiesApp;
  before(async () => {
    app = await createPartiesApp();
  });
  after(() => app[Symbol.asyncDispose]());

  it('are all refused in the contract’s form, none with 500, and change nothing', async () => {
    const team = await app.createTeam();
    const counted = async () =>
      (
        await sql<{ count: string }>`
          select (select count(*) from parties.product_teams) || ' ' || (select count(*) from parties.products)
            || ' ' || (select count(*) from parties.identifiers) || ' '
            || (select count(*) from parties.domain_events) as count
        `.execute(app.test.database.db.kysely)
      ).rows[0]?.count;
    const earlier = await counted();
    const pick = random(20_261_121);
    let sent = 0;
    const send = async (): Promise<void> => {
      while (sent < REQUESTS) {
        sent += 1;
        const call = badCall(pick, team.id);
        const answer = await app.call(call);
        const shown = JSON.stringify(call).slice(0, 300);
        assert.ok(
          answer.status >= 400 && answer.status < 500,
          `${answer.status} ${answer.body} for ${shown}`,
        );
        assert.equal(answer.headers['content-type'], 'application/json', shown);
        assert.ok(Array.isArray((answer.json() as { errors: unknown }).errors), shown);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, send));
    assert.equal(await counted(), earlier);
    assert.equal((await app.call({ path: `/ProductTeam/${team.id}` })).body, team.body);
  });
});

function badCall(pick: () => number, team: string): Call {
  const one = <T>(list: readonly T[]): T => list[Math.floor(pick() * list.length)] as T;
  const text = () => JSON.stringify(one(TEXTS));
  const value = () => (pick() < 0.5 ? one(LITERALS) : text());
  const member = (name: string, good: string) => `${JSON.stringify(name)}: ${pick() < 0.4 ? value() : good}`;
  const id = () => encodeURIComponent(one(TEXTS).toWellFormed()) || 'x';
  const key = JSON.stringify(keyOf('0a78ee8f-5bcf-4db1-9341-ef1d67248715'));
  switch (Math.floor(pick() * 8)) {
    case 0:
      // A field nobody knows makes it bad whatever the others are.
      return post(
        '/ProductTeam',
        `{${member('name', '"A"')}, ${member('ods_code', '"F5H1R"')}, ${member('keys', `[${key}]`)}, "more": ${text()}}`,
      );
    case 1:
      return post('/ProductTeam', `{"name": "A", "ods_code": "F5H1R", "keys": [${value()}, ${key}, ${key}]}`);
    case 2:
      return post('/ProductTeam', `{"ods_code": "nobody", "name": ${value()}}`);
    case 3:
      return post(`/ProductTeam/${pick() < 0.5 ? team : id()}/Product`, `{"name": ${value()}, ${text()}: 1}`);
    case 4:
      return { method: one(['GET', 'DELETE'] as const), path: `/ProductTeam/${id()}` };
    case 5:
      return { method: 'DELETE', path: `/ProductTeam/${pick() < 0.5 ? team : id()}/Product/${id()}` };
    case 6:
      return { path: `/Product?${id()}=${id()}&organisation_code=${id()}&product_team_id=x` };
    default:
      return {
        path: `/Product/${id()}`,
        headers: pick() < 0.5 ? { version: one(['', 'x', '-1', '1.5']) } : {},
      };
  }
}

function post(path: string, body: string): Call {
  return { method: 'POST', path, body };
}
