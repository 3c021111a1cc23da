import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { odsCodeAt, profileOf, servicesOf } from '#reference/pharmacies';
import { changeEventFor } from '../../../simulators/profile-editor/change-events.ts';
import type { ServiceWrite } from '../comparison/service-write.ts';
import { createDosDatabase, type DosTestDatabase, SEEDED_PHARMACIES } from '../testing/dos-database.ts';
import { syncOnce } from '../testing/sync-once.ts';
import { lockServices } from './service-queries.ts';
import { writeServices } from './write-queries.ts';

const NOW = new Date('2030-07-01T12:00:00Z');

describe('loading, comparing and writing a batch of services', () => {
  let dos: DosTestDatabase;
  before(async () => {
    dos = await createDosDatabase();
  });
  after(() => dos[Symbol.asyncDispose]());

  async function query<T = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await dos.db.pool.query(text, values)).rows as T[];
  }

  async function insertService(overrides: Record<string, unknown> = {}): Promise<number> {
    const row = { name: 'Own', typeid: 13, statusid: 1, odscode: 'QZX01', ...overrides };
    const names = Object.keys(row);
    const [inserted] = await query<{ id: number }>(
      `insert into services (${names.join()}) values (${names.map((_, at) => `$${at + 1}`).join()}) returning id`,
      Object.values(row),
    );
    return inserted?.id ?? 0;
  }

  function emptyWrite(serviceId: number, overrides: Partial<ServiceWrite> = {}): ServiceWrite {
    return {
      serviceId,
      columns: {
        ...{
          web: null,
          publicphone: null,
          address: null,
          postcode: null,
          town: null,
          easting: null,
          northing: null,
        },
        ...{ latitude: null, longitude: null, statusid: 1, modifiedtime: '2030-07-01 13:00:00' },
      },
      ...{ weekdays: [], specified: null, addedZCodes: [], removedZCodes: [] },
      history: { text: '{}', isNew: true },
      ...overrides,
    };
  }

  it('finds no change in events of version 0, and writes nothing', async () => {
    const codes = Array.from({ length: SEEDED_PHARMACIES }, (_, at) => odsCodeAt(at));
    const events = codes.map((odsCode) => changeEventFor({ odsCode, version: 0 }));
    const { comparisons, written } = await syncOnce(dos.db, events, NOW);
    assert.ok(comparisons.length > SEEDED_PHARMACIES);
    assert.deepEqual(
      comparisons.flatMap(({ changes }) => changes),
      [],
    );
    assert.deepEqual(
      comparisons.flatMap(({ reports }) => reports.map(({ key }) => key)),
      ['GENERIC_BANK_HOLIDAY'],
    );
    assert.equal(written.services, 0);
    assert.deepEqual(await query("select id from services where modifiedby <> 'SEED'"), []);
  });

  it('writes every attribute that changed, once', async () => {
    const codes = Array.from({ length: 60 }, (_, at) => odsCodeAt(at));
    const events = codes.map((odsCode) => changeEventFor({ odsCode, version: 1, variation: 'all' }));
    const first = await syncOnce(dos.db, events, NOW);
    assert.equal(first.written.services, first.comparisons.length);
    const second = await syncOnce(dos.db, events, NOW);
    assert.deepEqual(
      second.comparisons.flatMap(({ changes }) => changes),
      [],
    );

    for (const odsCode of codes) {
      const profile = profileOf(odsCode, 1, 'all');
      const [service] = await query(
        `select web, publicphone, postcode, town, easting, latitude, modifiedby, modifiedtime
         from services where odscode = $1 and typeid = 13`,
        [odsCode],
      );
      assert.deepEqual(service, {
        web: profile.website,
        publicphone: profile.phone,
        postcode: profile.location.postcode,
        town: profile.location.town,
        easting: profile.location.easting,
        latitude: profile.location.latitude,
        modifiedby: 'DOS_INTEGRATION',
        modifiedtime: new Date('2030-07-01T13:00:00Z'),
      });
    }
  });

  it('switches services off and on with their status and Z code', async () => {
    const code = Array.from({ length: 200 }, (_, at) => odsCodeAt(60 + at)).find((odsCode) =>
      servicesOf(odsCode).some(({ typeId, statusId }) => typeId === 148 && statusId === 3),
    );
    assert.ok(code);
    const read = () =>
      query(
        `select s.statusid, z.sdid from services s left join servicesgsds z on z.serviceid = s.id
         where s.odscode = $1 and s.typeid = 148`,
        [`${code}A`],
      );
    assert.deepEqual(await read(), [{ statusid: 3, sdid: null }]);
    await syncOnce(dos.db, [changeEventFor({ odsCode: code, version: 1, variation: 'blood_pressure' })], NOW);
    assert.deepEqual(await read(), [{ statusid: 1, sdid: 14207 }]);
    const later = new Date('2030-07-02T12:00:00Z');
    await syncOnce(
      dos.db,
      [changeEventFor({ odsCode: code, version: 2, variation: 'blood_pressure' })],
      later,
    );
    assert.deepEqual(await read(), [{ statusid: 2, sdid: 14207 }]);

    const [row] = await query<{ history: string }>(
      'select history from servicehistories h join services s on s.id = h.serviceid where s.odscode = $1',
      [`${code}A`],
    );
    assert.match(row?.history ?? '', /^\{"1909224000":\{"new":\{"cmsorgstatus":.*"1909137600":\{"new":/);
  });

  it('reads a service whose columns and lists are all empty', async () => {
    const id = await insertService({ odscode: null });
    const services = await dos.db.kysely.transaction().execute((trx) => lockServices(trx, [id, 2 ** 31 - 1]));
    assert.deepEqual([...services.keys()], [id]);
    assert.deepEqual(services.get(id), {
      ...{
        id,
        uid: String(2000000000 + id),
        name: 'Own',
        odsCode: null,
        address: null,
        town: null,
        postcode: null,
      },
      ...{ web: null, publicPhone: null, publicName: null, easting: null, northing: null, latitude: null },
      ...{ longitude: null, typeId: 13, typeName: 'Pharmacy', statusId: 1, statusName: 'active' },
      ...{ standardTimes: [[], [], [], [], [], [], []], bankHolidayTimes: [], specifiedTimes: [] },
      ...{ zCodes: new Set(), history: null, remarks: [] },
    });
  });

  it('replaces times and nothing else, whatever was there', async () => {
    const [id, other] = [await insertService(), await insertService()];
    for (const service of [id, other]) {
      await query(
        `with o as (insert into servicedayopenings (serviceid, dayid) values ($1, 1), ($1, 1), ($1, 2), ($1, 8) returning id)
         insert into servicedayopeningtimes (starttime, endtime, servicedayopeningid) select '09:00', '24:00', id from o`,
        [service],
      );
      await query(
        `with d as (insert into servicespecifiedopeningdates (serviceid, date) values ($1, '2020-01-01') returning id)
         insert into servicespecifiedopeningtimes (starttime, endtime, isclosed, servicespecifiedopeningdateid)
         select '00:00', '00:00', true, id from d`,
        [service],
      );
    }
    const written = await writeServices(dos.db.kysely, [
      emptyWrite(id, {
        weekdays: [
          {
            dayId: 1,
            periods: [
              { start: 46800, end: 61200 },
              { start: 32400, end: 43201 },
            ],
          },
          { dayId: 2, periods: [] },
          { dayId: 7, periods: [{ start: 0, end: 60 }] },
        ],
        specified: [
          { date: '2031-03-05', isOpen: true, periods: [{ start: 36000, end: 57600 }] },
          { date: '2031-03-06', isOpen: false, periods: [] },
        ],
      }),
    ]);
    assert.deepEqual(written, {
      ...{ services: 1, weekdays: 3, dates: 2, zCodesAdded: 0, zCodesRemoved: 0, historiesCreated: [id] },
    });
    const times = (service: number) =>
      query(
        `select o.dayid, count(distinct o.id)::int as days, string_agg(t.starttime || '-' || t.endtime, ' ' order by t.id) as times
         from servicedayopenings o join servicedayopeningtimes t on t.servicedayopeningid = o.id
         where o.serviceid = $1 group by o.dayid order by o.dayid`,
        [service],
      );
    assert.deepEqual(await times(id), [
      { dayid: 1, days: 1, times: '09:00:00-12:00:01 13:00:00-17:00:00' },
      { dayid: 7, days: 1, times: '00:00:00-00:01:00' },
      { dayid: 8, days: 1, times: '09:00:00-24:00:00' },
    ]);
    assert.equal((await times(other)).length, 3);
    const dates = (service: number) =>
      query(
        `select d.date, t.starttime, t.endtime, t.isclosed from servicespecifiedopeningdates d
         join servicespecifiedopeningtimes t on t.servicespecifiedopeningdateid = d.id
         where d.serviceid = $1 order by d.id`,
        [service],
      );
    assert.deepEqual(await dates(id), [
      { date: '2031-03-05', starttime: '10:00:00', endtime: '16:00:00', isclosed: false },
      { date: '2031-03-06', starttime: '00:00:00', endtime: '00:00:00', isclosed: true },
    ]);
    assert.equal((await dates(other)).length, 1);
  });

  it('can empty all dates, and says which histories are new', async () => {
    const id = await insertService();
    await query("insert into servicespecifiedopeningdates (serviceid, date) values ($1, '2020-01-01')", [id]);
    const write = emptyWrite(id, { specified: [], history: { text: '{"a":"\\u0000\'"}', isNew: true } });
    assert.deepEqual((await writeServices(dos.db.kysely, [write])).historiesCreated, [id]);
    assert.deepEqual((await writeServices(dos.db.kysely, [write])).historiesCreated, []);
    assert.deepEqual(
      await query('select id from servicespecifiedopeningdates where serviceid = $1', [id]),
      [],
    );
    assert.deepEqual(await query('select history from servicehistories where serviceid = $1', [id]), [
      { history: '{"a":"\\u0000\'"}' },
    ]);
  });

  it('adds and removes Z codes without minding what is there already', async () => {
    const id = await insertService();
    const zCode = { symptomGroupId: 360, symptomDiscriminatorId: 14167 };
    const other = { symptomGroupId: 360, symptomDiscriminatorId: 14207 };
    const add = emptyWrite(id, { addedZCodes: [zCode, other] });
    assert.equal((await writeServices(dos.db.kysely, [add])).zCodesAdded, 2);
    assert.equal((await writeServices(dos.db.kysely, [add])).zCodesAdded, 0);
    const remove = emptyWrite(id, { removedZCodes: [zCode] });
    assert.equal((await writeServices(dos.db.kysely, [remove])).zCodesRemoved, 1);
    assert.equal((await writeServices(dos.db.kysely, [remove])).zCodesRemoved, 0);
    assert.deepEqual(await query('select sgid, sdid from servicesgsds where serviceid = $1', [id]), [
      { sgid: 360, sdid: 14207 },
    ]);
  });

  it('holds the rows it has read against other writers until the end of the transaction', async () => {
    const id = await insertService();
    const lock = () => query('select id from services where id = $1 for update nowait', [id]);
    await dos.db.kysely.transaction().execute(async (trx) => {
      await lockServices(trx, [id]);
      await assert.rejects(lock, { code: '55P03' });
    });
    assert.equal((await lock()).length, 1);
  });

  it('reads the times that another transaction committed while it waited for the service', async () => {
    const id = await insertService();
    const client = await dos.db.pool.connect();
    try {
      await client.query('begin');
      await client.query('select id from services where id = $1 for update', [id]);
      const loading = dos.db.kysely.transaction().execute((trx) => lockServices(trx, [id]));
      await waitUntilBlocked();
      await client.query(
        `with o as (insert into servicedayopenings (serviceid, dayid) values ($1, 3) returning id)
         insert into servicedayopeningtimes (starttime, endtime, servicedayopeningid) select '09:00', '10:00', id from o`,
        [id],
      );
      await client.query('commit');
      assert.deepEqual((await loading).get(id)?.standardTimes[2], [{ start: 32400, end: 36000 }]);
    } finally {
      client.release();
    }
  });

  async function waitUntilBlocked(): Promise<void> {
    for (;;) {
      const waiting = await query(
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      if (waiting.length > 0) return;
    }
  }
});
