import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createDosDatabase, type DosTestDatabase } from '../testing/dos-database.ts';
import { createDosFacts } from './dos-facts.ts';
import { findPendingChanges, rejectPendingChanges } from './pending-change-queries.ts';
import { findKnownZCodes, findLocations, findRegions } from './surroundings-queries.ts';

let dos: DosTestDatabase;
before(async () => {
  dos = await createDosDatabase();
});
after(() => dos[Symbol.asyncDispose]());

async function query<T = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<T[]> {
  return (await dos.db.pool.query(text, values)).rows as T[];
}

describe('looking up locations', () => {
  it('finds every spelling of a postcode, in the order of ids, with and without coordinates', async () => {
    await query(
      "insert into locations (postcode, postaltown) values ('ZZ991AB', 'B'), ('ZZ9 91AB', 'C'), ('Z Z991A B', 'D')",
    );
    const found = await findLocations(dos.db.kysely, [
      'ZZ991AB',
      'ZZ991AC',
      'NOWHERE',
      'ZZ991AB',
      '',
      'A\u0000',
    ]);
    assert.deepEqual(
      [...found].map(([postcode, rows]) => [
        postcode,
        rows.map((row) => [row.postcode, row.town, row.easting]),
      ]),
      [
        [
          'ZZ991AB',
          [
            ['ZZ99 1AB', 'SAMPLETON', 433971],
            ['ZZ991AB', 'B', null],
            ['ZZ9 91AB', 'C', null],
          ],
        ],
        ['ZZ991AC', [['ZZ99 1AC', 'SAMPLETON', null]]],
      ],
    );
  });

  it('asks nothing for no postcodes', async () => {
    assert.deepEqual(await findLocations(dos.db.kysely, []), new Map());
  });
});

describe('what a process remembers of DoS', () => {
  const start = Date.parse('2026-07-01T12:00:00Z');
  let now = start;
  const pass = (minutes: number) => {
    now += minutes * 60_000;
  };

  it('is a known location for ten minutes and a missing one for one (D-10)', async () => {
    const facts = createDosFacts(dos.db.kysely, { now: () => new Date(now) });
    const townOf = async (postcode: string) =>
      (await facts.lookUp([postcode])).locations.get(postcode)?.at(0)?.town;
    await query("insert into locations (postcode, postaltown) values ('YY1 1YY', 'OLDTOWN')");
    assert.equal(await townOf('YY11YY'), 'OLDTOWN');
    assert.equal(await townOf('YY12YY'), undefined);
    await query("update locations set postaltown = 'NEWTOWN' where postcode = 'YY1 1YY'");
    await query("insert into locations (postcode, postaltown) values ('YY1 2YY', 'ADDED')");
    pass(0.9);
    assert.equal(await townOf('YY12YY'), undefined);
    pass(0.2);
    assert.equal(await townOf('YY12YY'), 'ADDED');
    assert.equal(await townOf('YY11YY'), 'OLDTOWN');
    pass(9);
    assert.equal(await townOf('YY11YY'), 'NEWTOWN');
    await query("delete from locations where postcode like 'YY1%'");
  });

  it('is which Z codes there are, for a minute', async () => {
    const facts = createDosFacts(dos.db.kysely, { now: () => new Date(now) });
    const known = async () => (await facts.lookUp([])).knownZCodes.has('360=14210');
    assert.equal(await known(), true);
    await query('delete from symptomgroupsymptomdiscriminators where symptomdiscriminatorid = 14210');
    assert.equal(await known(), true);
    pass(1.1);
    assert.equal(await known(), false);
    await query(
      'insert into symptomgroupsymptomdiscriminators (symptomgroupid, symptomdiscriminatorid) values (360, 14210)',
    );
  });
});

it('the known Z codes are those whose combination DoS has', async () => {
  assert.deepEqual(await findKnownZCodes(dos.db.kysely), new Set(['360=14167', '360=14207', '360=14210']));
  await query('delete from symptomgroupsymptomdiscriminators where symptomdiscriminatorid = 14207');
  assert.deepEqual(await findKnownZCodes(dos.db.kysely), new Set(['360=14167', '360=14210']));
});

describe('looking up regions', () => {
  it('finds the root above each service', async () => {
    const rows = await query<{ id: number; region: string }>(`
      select s.id, r.name as region from services s join services c on c.id = s.parentid
      join services r on r.id = c.parentid where s.typeid = 13`);
    const regions = await findRegions(
      dos.db.kysely,
      rows.map(({ id }) => id),
    );
    assert.deepEqual(regions, new Map(rows.map(({ id, region }) => [id, region])));
    assert.equal(new Set(regions.values()).size, 7);
  });

  it('ends on cycles and on services that do not exist', async () => {
    const [a] = await query<{ id: number }>("insert into services (name) values ('A') returning id");
    const [b] = await query<{ id: number }>(
      "insert into services (name, parentid) values ('B', $1) returning id",
      [a?.id],
    );
    await query('update services set parentid = $1 where id = $2', [b?.id, a?.id]);
    const ids = [a?.id ?? 0, 2 ** 31 - 1];
    assert.deepEqual(
      await findRegions(dos.db.kysely, ids),
      new Map(ids.map((id) => [id, 'Region not found'])),
    );
    assert.deepEqual(await findRegions(dos.db.kysely, []), new Map());
  });
});

describe('pending changes', () => {
  it('are seen when they are pending and their author is a user', async () => {
    const [service] = await query<{ id: number; uid: string; name: string }>(
      "insert into services (name) values ('Own') returning id, uid, name",
    );
    for (const [id, status, creator] of [
      ['A', 'PENDING', 'dos.editor'],
      ['B', 'COMPLETE', 'dos.editor'],
      ['C', 'PENDING', 'nobody'],
      ['D', 'PENDING', 'dos.editor'],
    ]) {
      await query(
        `insert into changes (id, approvestatus, type, initiatorname, servicename, value, creatorsname, serviceid)
         values ($1, $2, 'modify', 'x', 'Own', '{"new":{}}', $3, $4)`,
        [id, status, creator, service?.id],
      );
    }
    const found = await findPendingChanges(dos.db.kysely, [service?.id ?? 0]);
    const [user] = await query<{ id: number }>("select id from users where username = 'dos.editor'");
    assert.deepEqual(found[0], {
      id: 'A',
      value: '{"new":{}}',
      creatorName: 'dos.editor',
      userId: user?.id,
      userEmail: 'dos.editor@example.org',
      serviceId: service?.id,
      serviceUid: service?.uid,
      serviceName: 'Own',
    });
    assert.deepEqual(
      found.map(({ id }) => id),
      ['A', 'D'],
    );

    const now = new Date('2030-07-01T12:00:00Z');
    assert.deepEqual(await rejectPendingChanges(dos.db.kysely, ['A', 'B'], now), new Set(['A']));
    assert.deepEqual(await rejectPendingChanges(dos.db.kysely, ['A'], now), new Set());
    assert.deepEqual(await rejectPendingChanges(dos.db.kysely, [], now), new Set());
    assert.deepEqual(
      await query("select approvestatus, modifiersname, modifiedtimestamp from changes where id = 'A'"),
      [{ approvestatus: 'REJECTED', modifiersname: 'DOS_INTEGRATION', modifiedtimestamp: now }],
    );
  });
});
