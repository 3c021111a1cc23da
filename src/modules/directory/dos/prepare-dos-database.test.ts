import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openDatabase } from '#platform/db';
import { odsCodeAt } from '#reference/pharmacies';
import { createTestDatabase } from '../../../../test/harness/index.ts';
import { createDosDatabase, type DosTestDatabase, SEEDED_PHARMACIES } from '../testing/dos-database.ts';
import { prepareDosDatabase, seedDosServices } from './prepare-dos-database.ts';

describe('the DoS database that comes along', () => {
  let dos: DosTestDatabase;
  before(async () => {
    dos = await createDosDatabase();
  });
  after(() => dos[Symbol.asyncDispose]());

  async function query<T>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await dos.db.pool.query(text, values)).rows as T[];
  }

  it('is prepared once, whoever asks how often', async () => {
    await using test = await createTestDatabase();
    await using other = openDatabase({ url: test.url, maxConnections: 1, applicationName: 'other' });
    const results = await Promise.all([
      prepareDosDatabase(test.db, { pharmacies: 5 }),
      prepareDosDatabase(other, { pharmacies: 5 }),
    ]);
    assert.deepEqual(results.map(({ created }) => created).sort(), [false, true]);
    assert.equal(
      results.reduce((sum, { seeded }) => sum + seeded, 0),
      5,
    );
    assert.deepEqual(await prepareDosDatabase(test.db, { pharmacies: 9 }), { created: false, seeded: 0 });
    assert.equal(await seedDosServices(test.db, { pharmacies: 9 }), 4);
    const { rows } = await test.db.pool.query(
      'select odscode from pathwaysdos.services where typeid = 13 order by odscode',
    );
    assert.deepEqual(
      rows.map(({ odscode }) => odscode),
      Array.from({ length: 9 }, (_, at) => odsCodeAt(at)),
    );
  });

  it('has the hierarchy, every handled type, an editor, a bank holiday and pending changes', async () => {
    const [row] = await query<Record<string, unknown>>(`
      select
        (select count(*)::int from services where typeid = 13) as pharmacies,
        (select array_agg(distinct typeid order by typeid) from services where odscode is not null) as types,
        (select array_agg(distinct root.typeid) from services s join services c on c.id = s.parentid
          join services root on root.id = c.parentid where s.typeid = 13) as roots,
        (select email from users) as email,
        (select count(*)::int from servicedayopenings where dayid = 8) as bankholidays,
        (select count(*)::int from changes where approvestatus = 'PENDING') as pending,
        (select count(*)::int from services where odscode is not null
          and postcode not in (select postcode from locations)) as lost`);
    assert.deepEqual(row, {
      pharmacies: SEEDED_PHARMACIES,
      types: [13, 131, 132, 134, 137, 148, 149],
      roots: [-1],
      email: 'dos.editor@example.org',
      bankholidays: 1,
      pending: 2,
      lost: 0,
    });
  });

  it('has the reference data', async () => {
    const [row] = await query<Record<string, unknown>>(`
      select (select count(*)::int from servicestatuses) as statuses, (select count(*)::int from servicetypes) as types,
        (select string_agg(name, ' ' order by id) from openingtimedays) as days,
        (select count(*)::int from symptomgroupsymptomdiscriminators) as zcodes,
        (select count(*)::int from locations where postcode like 'ZZ99%') as samples`);
    assert.deepEqual(row, {
      statuses: 7,
      types: 74,
      days: 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday BankHoliday',
      zcodes: 3,
      samples: 3,
    });
  });

  it('assigns ids and a uid to a service inserted without', async () => {
    const [first] = await query<{ id: number; uid: string }>(
      "insert into services (name, typeid, statusid) values ('New', 13, 1) returning id, uid",
    );
    assert.equal(first?.uid, String(2000000000 + (first?.id ?? 0)));
    const [second] = await query<{ uid: string }>(
      "insert into services (uid, name) values ('own', 'New') returning uid",
    );
    assert.equal(second?.uid, 'own');
  });

  it('takes an insert into changes by position', async () => {
    const [service] = await query<{ id: number }>('select min(id) as id from services');
    await query(
      `insert into changes values ('PC1', 'PENDING', 'modify', 'someone', 'A service', 'Pharmacy', '{}', now(),
        'someone', now(), 'someone', $1, null, null, null)`,
      [service?.id],
    );
    const [row] = await query("select serviceid, approvestatus, creatorsname from changes where id = 'PC1'");
    assert.deepEqual(row, { serviceid: service?.id, approvestatus: 'PENDING', creatorsname: 'someone' });
  });

  it('loses the times of a service with its days, dates and itself', async () => {
    await query(`delete from services where id in (select serviceid from servicespecifiedopeningdates)`);
    const [row] = await query<Record<string, unknown>>(`
      select (select count(*)::int from servicespecifiedopeningtimes) as times,
        (select count(*)::int from servicedayopenings o left join services s on s.id = o.serviceid
          where s.id is null) as orphans`);
    assert.deepEqual(row, { times: 0, orphans: 0 });
  });
});
