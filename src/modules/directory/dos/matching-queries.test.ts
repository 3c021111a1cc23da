import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { escapeIdentifier } from 'pg';
import { type Database, openDatabase } from '#platform/db';
import { odsCodeAt, servicesOf } from '#reference/pharmacies';
import { createDosDatabase, type DosTestDatabase } from '../testing/dos-database.ts';
import { findMatchingServices, firstTextBeyond } from './matching-queries.ts';
import { prepareDosDatabase } from './prepare-dos-database.ts';

const OWN_CODES: [odsCode: string, typeId: number, statusId: number][] = [
  ['QZX19', 13, 1],
  ['QZX19A', 13, 1],
  ['QZX19', 148, 3],
  ['QZX19!', 149, 2],
  ['QZX19', 13, 2],
  ['QZX19', 148, 4],
  ['QZX19', 12, 1],
  ['qzx19', 13, 1],
  ['QZx19', 13, 1],
  ['QZX1', 13, 1],
  ['QZX1A', 13, 1],
  ['QZX2', 13, 1],
  [' QZX19', 13, 1],
  ['QZZZZ1', 13, 1],
  ['zzzzz9', 13, 1],
  ['é-%_a', 13, 1],
];

async function insertOwn(db: Database): Promise<void> {
  for (const [odsCode, typeId, statusId] of OWN_CODES) {
    await db.pool.query('insert into services (name, odscode, typeid, statusid) values ($1, $2, $3, $4)', [
      'Own',
      odsCode,
      typeId,
      statusId,
    ]);
  }
}

async function match(db: Database, ...codes: string[]): Promise<Record<string, string[]>> {
  const matches = await findMatchingServices(db.kysely, codes);
  return Object.fromEntries(
    [...matches].map(([code, services]) => [
      code,
      services.map(({ odsCode, typeId, statusId }) => `${odsCode}/${typeId}/${statusId}`),
    ]),
  );
}

const EXPECTED = {
  QZX19: ['QZX19/13/1', 'QZX19A/13/1', 'QZX19/148/3', 'QZX19!/149/2'],
  qzx19: ['qzx19/13/1'],
  QZX1A: ['QZX1A/13/1'],
  QZZZZ: ['QZZZZ1/13/1'],
  zzzzz: ['zzzzz9/13/1'],
  'é-%_a': ['é-%_a/13/1'],
  '%%%%%': [],
  _____: [],
  'QZX1\u0000': [],
  'QZX1\ud800': [],
  QZX18: [],
};

describe('matching services by ODS code', () => {
  let dos: DosTestDatabase;
  before(async () => {
    dos = await createDosDatabase();
    await insertOwn(dos.db);
  });
  after(() => dos[Symbol.asyncDispose]());

  it('compares the first five characters literally, with the types and statuses that are handled', async () => {
    assert.deepEqual(await match(dos.db, ...Object.keys(EXPECTED)), EXPECTED);
  });

  it('finds every seeded service of a pharmacy but those that cannot be switched', async () => {
    const codes = Array.from({ length: 100 }, (_, at) => odsCodeAt(at));
    const matches = await findMatchingServices(dos.db.kysely, codes);
    for (const code of codes) {
      assert.deepEqual(
        matches.get(code)?.map(({ odsCode, typeId, statusId }) => ({ odsCode, typeId, statusId })),
        servicesOf(code).map(({ odsCode, typeId, statusId }) => ({ odsCode, typeId, statusId })),
      );
    }
  });

  it('gives names and address to a match', async () => {
    const [service] = (await findMatchingServices(dos.db.kysely, ['FA002'])).get('FA002') ?? [];
    const { rows } = await dos.db.pool.query(
      'select uid, name, address, postcode from services where id = $1',
      [service?.id],
    );
    assert.deepEqual(service, {
      id: service?.id,
      ...rows[0],
      odsCode: 'FA002',
      typeId: 13,
      typeName: 'Pharmacy',
      statusId: 1,
      statusName: 'active',
    });
  });

  it('asks for nothing when there is nothing to ask for', async () => {
    assert.deepEqual(await match(dos.db), {});
  });

  for (const locale of ['en-GB', 'en-US-u-ka-shifted']) {
    it(`finds the same in a database that sorts like ${locale}`, async () => {
      const name = `${new URL(dos.db.url).pathname.slice(1)}_icu`;
      await dos.db.pool.query(
        `create database ${escapeIdentifier(name)} template template0 locale_provider icu icu_locale '${locale}' locale 'C'`,
      );
      try {
        const url = Object.assign(new URL(dos.db.url), { pathname: `/${name}` }).href;
        const session = { search_path: 'dbo,pathwaysdos' };
        await using db = openDatabase({ url, maxConnections: 1, applicationName: 'icu', session });
        await prepareDosDatabase(db, { pharmacies: 50 });
        await insertOwn(db);
        assert.deepEqual(await match(db, ...Object.keys(EXPECTED)), EXPECTED);
      } finally {
        await dos.db.pool.query(`drop database ${escapeIdentifier(name)} with (force)`);
      }
    });
  }
});

describe('the upper end of the range of an ODS code', () => {
  for (const [code, beyond] of [
    ['FA118', 'FA119'],
    ['FA119', 'FA11A'],
    ['FA11Z', 'FA12'],
    ['FA1ZZ', 'FA2'],
    ['FA9ZZ', 'FAA'],
    ['fwe3z', 'fwe4'],
    ['ZZZZZ', '\u{10ffff}'],
  ] as const) {
    it(`${code} is ${JSON.stringify(beyond)}`, () => assert.equal(firstTextBeyond(code), beyond));
  }
});
