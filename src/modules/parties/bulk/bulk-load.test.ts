import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { createPartiesApp, type PartiesApp } from '../testing/parties-app.ts';
import type { RowReport } from './bulk-load.ts';
import { splitRecord } from './row-source.ts';

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
