import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { odsCodeAt, profileOf, servicesOf } from '#reference/pharmacies';
import { UnwritableValueError } from '../src/modules/directory/comparison/service-write.ts';
import {
  createDosDatabase,
  type DosTestDatabase,
  SEEDED_PHARMACIES,
} from '../src/modules/directory/testing/dos-database.ts';
import { syncOnce } from '../src/modules/directory/testing/sync-once.ts';
import { changeEventFor } from '../src/simulators/profile-editor/change-events.ts';

const NOW = new Date('2030-07-01T12:00:00Z');

// The profile editor simulator and the seed of the DoS database may not know each other, so only here do they meet.
describe('the made-up pharmacies, from change event to DoS', () => {
  let dos: DosTestDatabase;
  before(async () => {
    dos = await createDosDatabase();
  });
  after(() => dos[Symbol.asyncDispose]());

  async function query<T = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await dos.db.pool.query(text, values)).rows as T[];
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

  it('cannot write a poisoned event', async () => {
    const poison = changeEventFor({ odsCode: odsCodeAt(299), version: 0, fault: 'poison' });
    await assert.rejects(syncOnce(dos.db, [poison], NOW), UnwritableValueError);
  });
});
