import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { splitRecord } from '#platform/files';
import { createPartiesApp, type PartiesApp } from '../testing/parties-app.ts';
import type { RowReport } from './bulk-load.ts';

describe('a bulk load', () => {
  let app: PartiesApp;
  let folder: string;
  before(async () => {
    app = await createPartiesApp();
    folder = mkdtempSync(join(tmpdir(), 'parties-load-'));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await app[Symbol.asyncDispose]();
  });

  const load = async (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    const [running] = app.test.app.modules;
    const command = running?.module.commands?.find((candidate) => candidate.name === 'load');
    const report = `${file}.report.jsonl`;
    const result = (await command?.run({ file }, () => undefined)) as { created: number; refused: number };
    const rows = readFileSync(report, 'utf8').trim().split('\n');
    return { result, rows: rows.filter((row) => row !== '').map((row) => JSON.parse(row) as RowReport) };
  };
  const importing = async (items: object[]) => {
    const file = join(folder, `${randomUUID()}.jsonl`);
    writeFileSync(file, items.map((item) => `${JSON.stringify(item)}\n`).join(''));
    const [running] = app.test.app.modules;
    const command = running?.module.commands?.find((candidate) => candidate.name === 'import');
    return command?.run({ file }, () => undefined);
  };
  const read = async (path: string) => (await app.call({ path })).json() as Record<string, unknown>;

  it('creates what a CSV file asks for, products after their teams, and says what is wrong with each other row', async () => {
    const alias = randomUUID();
    const { result, rows } = await load(
      'mixed.csv',
      [
        'type,ods_code,name,product_team_id,team',
        `product_team,F5H1R,"Team, with ""quotes"" é",${alias},`,
        `product,,Bed Finder,,${alias}`,
        `product_team,F5H1R,Second,${alias},`,
        'product_team,NOBODY,Third,,',
        'product_team,F5H1R,Two  spaces,,',
        'product,,Nameless team,,nobody',
        `product,,Umläut,,${alias}`,
        `product,,,,${alias}`,
        'other,,,,',
        'product_team,F5H1R,a,b,c,too,many',
        '',
        `product,,"Last`,
        `one",,${alias}`,
      ].join('\r\n'),
    );
    assert.deepEqual({ created: result.created, refused: result.refused }, { created: 2, refused: 9 });
    const texts = rows.map(({ line, status, errors }) => [line, status, errors?.[0]?.message ?? '']);
    const unknownCode = `Invalid ODS Code: could not resolve 'https://directory.spineservices.nhs.uk/ORD/2-0-0/organisations/NOBODY'`;
    assert.deepEqual(texts, [
      [2, 'created', ''],
      [3, 'created', ''],
      [4, 'refused', 'Item already exists'],
      [5, 'refused', unknownCode],
      [6, 'refused', 'ProductTeam.name: string does not match regex "^\\S+( \\S+)*$"'],
      [7, 'refused', "Could not find ProductTeam for key ('nobody')"],
      [8, 'refused', 'CpmProduct.name: string does not match regex "^[ -~]+$"'],
      [9, 'refused', 'CreateCpmProductIncomingParams.name: field required'],
      [10, 'refused', "type: must be 'product_team' or 'product'"],
      [11, 'refused', 'The record cannot be read'],
      [13, 'refused', 'CpmProduct.name: string does not match regex "^[ -~]+$"'],
    ]);
    assert.equal((await read(`/ProductTeam/${alias}`)).name, 'Team, with "quotes" é');
    assert.equal((await read(`/Product/${rows[1]?.id}`)).product_team_id, alias);
  });

  describe("of the original's table", () => {
    const [id, gone, alias, oldAlias] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const typed = (value: unknown): object => {
      if (value === null) return { NULL: true };
      if (Array.isArray(value)) return { L: value.map(typed) };
      if (typeof value === 'object') {
        return {
          M: Object.fromEntries(Object.entries(value).map(([name, member]) => [name, typed(member)])),
        };
      }
      return typeof value === 'boolean' ? { BOOL: value } : { S: value };
    };
    const item = (fields: object) => ({
      Item: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, typed(value)])),
    });
    const key = (value: string) => [{ key_type: 'product_team_id', key_value: value }];
    const active = { status: 'active', created_on: '2025-03-01T10:20:30.000001+00:00', updated_on: null };
    const inactive = {
      status: 'inactive',
      created_on: '2025-03-01 10:20:30+00:00',
      updated_on: '2025-04-01 10:20:30.5+00:00',
      deleted_on: '2025-04-01 10:20:30.5+00:00',
    };
    const team = {
      pk: `PT#${id}`,
      row_type: 'product_team',
      root: true,
      id,
      name: 'Old Team',
      ods_code: 'OLD1',
    };
    const product = {
      pk: `PT#${id}`,
      row_type: 'product',
      root: true,
      id: 'P.WWW-WWW',
      cpm_product_team_id: id,
      product_team_id: alias,
      name: 'Old',
      ods_code: 'OLD1',
      keys: [],
    };
    const rows = [
      item({ ...team, ...active, keys: key(alias) }),
      item({ ...team, ...active, pk: `PT#${alias}`, row_type: 'product_team_alias', root: false }),
      item({ ...team, ...inactive, id: gone, pk: `PT#${gone}`, keys: key(oldAlias) }),
      item({
        ...team,
        ...inactive,
        id: gone,
        pk: `PT#${oldAlias}-1743502830500`,
        row_type: 'product_team_alias',
      }),
      item({ ...product, ...active }),
      item({ ...product, ...inactive, id: 'P.WWW-WWX' }),
    ];

    it('is refused whole, with each reason, when something in it cannot be', async () => {
      const bad = [
        ...rows,
        item({ ...product, ...active, cpm_product_team_id: gone }),
        item({ ...product, ...active, id: 'P.WWW-WWY', cpm_product_team_id: 'nobody' }),
        item({ ...product, ...active, id: 'P.WWW-BBB' }),
        item({ ...team, ...active, id: randomUUID(), created_on: 'yesterday' }),
      ];
      await assert.rejects(importing(bad), (error: Error) => {
        for (const reason of [
          /P\.WWW-WWW is there 2 times, in lines 5, 7/,
          /line 8: product P\.WWW-WWY has no team nobody/,
          /line 9 has the product id P\.WWW-BBB/,
          /line 10 has the time "yesterday"/,
        ]) {
          assert.match(error.message, reason);
        }
        return true;
      });
      assert.equal((await app.call({ path: `/ProductTeam/${id}` })).status, 404);
    });

    it('is taken over with ids, aliases, times and what was deleted, and never twice', async () => {
      assert.deepEqual(await importing(rows), { teams: 2, products: 2, deleted: 2 });
      const expected = {
        id,
        name: 'Old Team',
        ods_code: 'OLD1',
        status: 'active',
        created_on: '2025-03-01T10:20:30.000001+00:00',
        updated_on: null,
        deleted_on: null,
        keys: key(alias),
      };
      assert.deepEqual(await read(`/ProductTeam/${alias}`), expected);
      assert.equal((await read('/Product/P.WWW-WWW')).product_team_id, alias);
      for (const path of [`/ProductTeam/${gone}`, `/ProductTeam/${oldAlias}`, '/Product/P.WWW-WWX']) {
        assert.equal((await app.call({ path })).status, 404, path);
      }
      const history = (await read(`/_history/ProductTeam/${oldAlias}`)) as { changes: { event: object }[] };
      assert.deepEqual(
        history.changes.map(({ event }) => Object.keys(event)[0]),
        ['product_team_created_event', 'product_team_deleted_event'],
      );
      const deletion = { method: 'DELETE', path: `/ProductTeam/${id}/Product/P.WWW-WWW` } as const;
      await assert.rejects(importing(rows), /is in the register already/);
      assert.equal((await app.call(deletion)).status, 200);
      assert.equal((await app.call({ method: 'DELETE', path: `/ProductTeam/${alias}` })).status, 200);
    });
  });

  it('does nothing twice: the same file again, and one that was cut off goes on', async () => {
    const rows = Array.from({ length: 2_500 }, (_, index) =>
      JSON.stringify({ type: 'product_team', ods_code: 'F5H1R', name: `Team ${index}` }),
    );
    const file = rows.join('\n');
    const teams = async () =>
      (
        await sql<{ count: number }>`select count(*)::int as count from parties.product_teams`.execute(
          app.test.database.db.kysely,
        )
      ).rows[0]?.count ?? 0;
    const before = await teams();
    // The directory goes away behind the second thousand: what is committed stays, the rest waits.
    const cut = [...rows.slice(0, 2_000), rows[0]?.replace('F5H1R', 'AWAY') ?? '', ...rows.slice(2_001)].join(
      '\n',
    );
    app.ods.answerWith(() => 503);
    await assert.rejects(load('cut.jsonl', cut), { status: 500 });
    assert.equal(await teams(), before + 2_000);
    app.ods.answerWith(() => 200);
    const { result, rows: report } = await load('cut.jsonl', cut);
    app.ods.answerWith(undefined);
    assert.equal(await teams(), before + 2_500);
    assert.equal(result.created, 2_500);
    assert.deepEqual(
      report.map(({ line }) => line),
      Array.from({ length: 2_500 }, (_, index) => index + 1),
    );
    await load('cut.jsonl', cut);
    assert.equal(await teams(), before + 2_500);
    assert.notEqual(file, cut);
  });

  it('reads quotes as RFC 4180 has them', () => {
    assert.deepEqual(splitRecord('a,"b,""c""",,d'), ['a', 'b,"c"', '', 'd']);
    assert.deepEqual(splitRecord('a,'), ['a', '']);
    assert.equal(splitRecord('a,"b'), 'open');
    assert.equal(splitRecord('a,"b"c'), undefined);
  });
});
