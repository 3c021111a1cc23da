import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RegisterEvent } from '#platform/events';
import { odsCodeAt, profileOf } from '#reference/pharmacies';
import { createTestApp, TEST_API_KEY, type TestApp } from '../../../test/harness/app.ts';
import { matchServicesTask } from './tasks/definitions.ts';

const NOW = new Date('2026-07-01T11:30:00Z');

describe('a change event on its way to DoS', () => {
  let test: TestApp;
  let dosUrl: string;
  let sequence = 100;
  before(async () => {
    test = await createTestApp({ now: NOW, environment: { SIGNALBOX_MODULES: 'directory' } });
    dosUrl =
      test.app.modules.find(({ definition }) => definition.name === 'directory')?.module.databases?.dos ?? '';
  });
  after(() => test[Symbol.asyncDispose]());

  /** What NHS.uk says of a seeded pharmacy when nothing has changed, in the form it is sent. */
  const record = (odsCode: string, fields: object = {}) => {
    const profile = profileOf(odsCode, 0);
    const contact = (type: string, value: string) => ({
      ContactType: 'Primary',
      ContactAvailabilityType: 'Office hours',
      ContactMethodType: type,
      ContactValue: value,
    });
    const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
    const time = (seconds: number) =>
      `${String(Math.floor(seconds / 3_600)).padStart(2, '0')}:${String(Math.floor((seconds % 3_600) / 60)).padStart(2, '0')}`;
    return {
      ODSCode: odsCode,
      OrganisationName: profile.name,
      OrganisationTypeId: 'PHA',
      OrganisationType: 'Pharmacy',
      OrganisationSubType: 'Community',
      OrganisationStatus: 'Visible',
      Address1: profile.addressLines[0],
      City: profile.location.town,
      Postcode: profile.location.postcode,
      Contacts: [contact('Telephone', profile.phone), contact('Website', profile.website)],
      OpeningTimes: profile.week.flatMap((periods, day) =>
        periods.map(({ start, end }) => ({
          OpeningTimeType: 'General',
          Weekday: days[day],
          OpeningTime: time(start),
          ClosingTime: time(end),
          AdditionalOpeningDate: '',
          IsOpen: true,
        })),
      ),
      UecServices: profile.palliativeCare ? [{ ServiceCode: 'SRV0559' }] : [],
      Services: [
        ...(profile.bloodPressure ? [{ ServiceCode: 'SRV0560' }] : []),
        ...(profile.contraception ? [{ ServiceCode: 'SRV2000' }] : []),
      ],
      ...fields,
    };
  };
  const contacts = (phone: string) => ({
    Contacts: [
      {
        ContactType: 'Primary',
        ContactAvailabilityType: 'Office hours',
        ContactMethodType: 'Telephone',
        ContactValue: phone,
      },
    ],
  });
  const send = async (body: object, correlationId: string, sequenceNumber?: number): Promise<void> => {
    sequence += 1;
    const response = await test.module('directory').inject({
      method: 'POST',
      url: '/v1/change-event',
      headers: {
        'x-api-key': TEST_API_KEY,
        'content-type': 'application/json',
        'sequence-number': String(sequenceNumber ?? sequence),
        'correlation-id': correlationId,
      },
      payload: JSON.stringify(body),
    });
    assert.equal(response.statusCode, 200);
  };
  const journey = (correlationId: string) => test.app.stores[0].events.journey(correlationId);
  const named = (events: RegisterEvent[], name: string) => events.filter((event) => event.name === name);
  const dos = async <R>(text: string, values: unknown[] = []): Promise<R[]> => {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: dosUrl, options: '-c search_path=pathwaysdos' });
    await client.connect();
    try {
      // The caller names the columns it selects.
      return (await client.query(text, values)).rows as R[];
    } finally {
      await client.end();
    }
  };
  const pharmacy = async (odsCode: string) => {
    const [row] = await dos<{
      id: number;
      publicphone: string;
      modifiedby: string;
      modified: string;
      history: string;
    }>(
      `select s.id, publicphone, modifiedby, to_char(modifiedtime, 'YYYY-MM-DD HH24:MI:SS') as modified, history
       from services s left join servicehistories h on h.serviceid = s.id where odscode = $1 and typeid = 13`,
      [odsCode],
    );
    assert.ok(row);
    return row;
  };

  it('ends as exactly what it says in DoS, with history, reports and its whole journey in the register', async () => {
    const code = odsCodeAt(3);
    await send(record(code, contacts('01632 960 999')), 'phone-change');
    await test.drain();
    const row = await pharmacy(code);
    assert.equal(row.publicphone, '01632960999');
    assert.equal(row.modifiedby, 'DOS_INTEGRATION');
    assert.equal(row.modified, '2026-07-01 12:30:00');
    const newest = /^\{"(\d+)":(\{"new":\{.*?\}\},?)/.exec(row.history);
    assert.equal(newest?.[1], String(NOW.getTime() / 1_000));
    const events = await journey('phone-change');
    assert.deepEqual(
      [...new Set(events.map((event) => event.name))],
      [
        'change_event.received',
        'change_event.stored',
        'update_request.sent',
        'service.updated',
        'service.compared',
        'update_request.succeeded',
      ],
    );
    const [phone] = named(events, 'service.updated').filter(
      (event) =>
        event.properties.data_field_modified === 'cmstelephoneno' && event.properties.service_id === row.id,
    );
    const old = profileOf(code, 0).phone;
    const { report_key, action, previous_value, new_value } = phone?.properties ?? {};
    assert.deepEqual(
      { report_key, action, previous_value, new_value },
      {
        report_key: 'SERVICE_UPDATE',
        action: 'modify',
        previous_value: `"${old}"`,
        new_value: '"01632960999"',
      },
    );
    assert.deepEqual(phone?.subjects.slice(0, 2), [code, String(row.id)]);
  });

  it('changes nothing when it says what DoS says already, however often it comes', async () => {
    const code = odsCodeAt(5);
    const before = await pharmacy(code);
    const body = record(code, { OpeningTimes: undefined });
    await send(body, 'same-1');
    await send(body, 'same-2');
    await test.drain();
    const written = named(await journey('same-2'), 'update_request.succeeded');
    assert.ok(written.length > 0);
    assert.deepEqual(new Set(written.map((event) => event.properties.changed)), new Set([false]));
    assert.equal((await pharmacy(code)).publicphone, before.publicphone);
  });

  it('is stored but not applied when a newer one of its ODS code came before it', async () => {
    const code = odsCodeAt(6);
    await send(record(code, contacts('01632960001')), 'newer', 9_000);
    await send(record(code, contacts('01632960002')), 'older', 8_999);
    await send(record(code, contacts('01632960003')), 'equal', 9_000);
    await test.drain();
    assert.deepEqual(
      (await journey('older')).map((event) => event.name),
      ['change_event.received', 'change_event.stored', 'change_event.ignored'],
    );
    assert.equal((await pharmacy(code)).publicphone, '01632960003');
  });

  it('keeps the order of its ODS code however many arrive at once', async () => {
    const code = odsCodeAt(7);
    for (let number = 0; number < 30; number += 1) {
      await send(record(code, contacts(`0163296${String(number).padStart(4, '0')}`)), `order-${number}`);
    }
    await test.drain();
    const row = await pharmacy(code);
    assert.equal(row.publicphone, '01632960029');
    const phones = [...row.history.matchAll(/"cmstelephoneno":\{"changetype":"\w+","data":"(\d+)"/g)].map(
      (match) => match[1],
    );
    assert.equal(phones.length, 31);
    // The last is the history the pharmacy came with.
    const ours = phones.slice(0, 30);
    assert.deepEqual(ours, ours.toSorted().toReversed());
  });

  it('is consumed with a reason when it is not about a pharmacy, and stored nowhere', async () => {
    await send({ ...record(odsCodeAt(8)), OrganisationTypeId: 'DEN' }, 'dentist');
    await test.drain();
    const [notice, event, ...more] = await journey('dentist');
    assert.equal(notice?.properties.message, 'Org type id: DEN is not a pharmacy');
    assert.equal(notice?.properties.org_type_id, 'DEN');
    assert.equal(event?.name, 'change_event.rejected');
    assert.equal(event?.properties.message, "Validation Error - Unexpected Org Type ID: 'DEN'");
    assert.deepEqual(more, []);
    const { rows } = await test.database.db.pool.query(
      "select count(*)::int as found from directory.change_events where event like '%DEN%'",
    );
    assert.deepEqual(rows, [{ found: 0 }]);
  });

  it('is reported when DoS has no service for it, or NHS.uk hides it', async () => {
    await send(record(odsCodeAt(0), { ODSCode: 'Y9999' }), 'unmatched');
    await send(record(odsCodeAt(9), { OrganisationStatus: 'Hidden' }), 'hidden');
    await test.drain();
    const keys = async (id: string) =>
      named(await journey(id), 'report.raised').map((event) => event.properties.report_key);
    assert.deepEqual(await keys('unmatched'), ['UNMATCHED_PHARMACY']);
    assert.ok((await keys('hidden')).every((key) => key === 'HIDDEN_OR_CLOSED'));
    assert.deepEqual(named(await journey('hidden'), 'update_request.sent'), []);
  });

  it('ends among the failures after five attempts when it cannot be written, and lets the next one pass', async () => {
    const code = odsCodeAt(10);
    await send(record(code, contacts('0'.repeat(300))), 'poison');
    await send(record(code, contacts('01632960777')), 'after-poison');
    await test.drain();
    const { failures } = await test.app.stores[0].jobs.failures.list(
      { correlationId: 'poison' },
      { limit: 10 },
    );
    assert.ok(failures.length > 0);
    for (const failure of failures) {
      assert.equal(failure.state, 'failed');
      assert.equal(failure.attemptCount, 5);
      assert.equal(failure.cause, 'UnwritableValueError');
    }
    assert.equal((await pharmacy(code)).publicphone, '01632960777');
  });

  it('fails alone when only the database notices what is wrong with it', async () => {
    const [bad, good] = [odsCodeAt(11), odsCodeAt(12)];
    const { id } = await pharmacy(bad);
    await dos('update servicehistories set history = $2 where serviceid = $1', [id, 'not json']);
    await dos(
      'insert into servicehistories select $1, $2 where not exists (select from servicehistories where serviceid = $1)',
      [id, 'not json'],
    );
    await send(record(bad, contacts('01632960888')), 'bad-history');
    await send(record(good, contacts('01632960888')), 'good-history');
    await test.drain();
    assert.equal((await pharmacy(good)).publicphone, '01632960888');
    const { failures } = await test.app.stores[0].jobs.failures.list(
      { correlationId: 'bad-history' },
      { limit: 10 },
    );
    assert.equal(failures[0]?.cause, 'ServiceHistoryError');
  });

  it('rejects a competing edit that waits for approval, and leaves edits of other fields alone', async () => {
    const code = odsCodeAt(13);
    const { id } = await pharmacy(code);
    const [user] = await dos<{ username: string }>(
      'select username from users where email is not null limit 1',
    );
    const propose = (change: string, value: string) =>
      dos(
        `insert into changes (id, approvestatus, type, initiatorname, servicename, value, creatorsname, serviceid)
         values ($1, 'PENDING', 'modify', 'x', 'x', $2, $3, $4)`,
        [change, value, user?.username, id],
      );
    await propose(
      'competing',
      '{"new":{"cmsurl":{"data":"www.example.org"}},"initiator":{"userid":"someone"}}',
    );
    await propose('other', '{"new":{"cmsorgstatus":{"data":"closed"}}}');
    await propose('broken', '{');
    await send(record(code, { OpeningTimes: undefined }), 'with-pending');
    await test.drain();
    assert.deepEqual(
      await dos(
        "select id, approvestatus, modifiersname from changes where id in ('competing', 'other', 'broken') order by id",
      ),
      [
        { id: 'broken', approvestatus: 'PENDING', modifiersname: null },
        { id: 'competing', approvestatus: 'REJECTED', modifiersname: 'DOS_INTEGRATION' },
        { id: 'other', approvestatus: 'PENDING', modifiersname: null },
      ],
    );
    const events = await journey('with-pending');
    assert.deepEqual(
      named(events, 'pending_change.rejected').map((event) => event.properties.change_id),
      ['competing'],
    );
    assert.equal(JSON.stringify(events).includes('someone'), false);
  });

  it('reports an update once when the run that wrote it died before it could say so', async () => {
    const code = odsCodeAt(14);
    await send(record(code, contacts('01632960555')), 'interrupted');
    // The register refuses writes: the update is committed in DoS, and our own transaction after it fails.
    const { pool } = test.database.db;
    await pool.query(`create function refuse() returns trigger language plpgsql as $$
      begin if new.name = 'update_request.succeeded' then raise 'the run dies here'; end if; return new; end $$`);
    await pool.query(
      'create trigger refuse before insert on platform.events for each row execute function refuse()',
    );
    const worker = test.app.stores[0].jobs;
    await worker.start(test.app.modules.flatMap(({ module }) => module.tasks));
    for (const deadline = Date.now() + 15_000; (await pharmacy(code)).publicphone !== '01632960555'; ) {
      assert.ok(Date.now() < deadline, 'the update reaches DoS');
    }
    await pool.query('drop trigger refuse on platform.events');
    await worker.stop();
    await test.drain();
    const updates = named(await journey('interrupted'), 'service.updated').filter(
      (event) => event.properties.data_field_modified === 'cmstelephoneno',
    );
    const services = new Set(updates.map((event) => event.properties.service_id));
    assert.equal(updates.length, services.size, 'one report for each service');
    assert.ok(services.has((await pharmacy(code)).id));
    const { history } = await pharmacy(code);
    assert.equal(history.match(/01632960555/g)?.length, 1, 'one history entry');
  });

  it('does not let an event overtake another of its ODS code that waits for the matcher', async () => {
    const odsCode = odsCodeAt(9);
    const actor = { kind: 'operator', id: 'o-1', name: 'ada@example.org' } as const;
    const { jobs } = test.app.stores[0];
    await send(record(odsCode, contacts('01632960561')), 'overtake-1');
    await test.drain();
    const { rows } = await test.database.db.pool.query(
      'select id, event_received from directory.change_events where ods_code = $1',
      [odsCode],
    );
    const [first] = rows;
    await jobs.pause(matchServicesTask.name, actor);
    const payload = { recordId: first.id, odsCode, receivedMs: Number(first.event_received) };
    await jobs.enqueue(null, matchServicesTask, [{ payload, key: odsCode, correlationId: 'overtake-again' }]);
    await send(record(odsCode, contacts('01632960562')), 'overtake-2');
    await test.drain();
    assert.equal((await pharmacy(odsCode)).publicphone, '01632960561');

    await jobs.resume(matchServicesTask.name, actor);
    await test.drain();
    assert.equal((await pharmacy(odsCode)).publicphone, '01632960562');
    const waited = await journey('overtake-2');
    assert.equal(named(waited, 'update_request.sent').length, 1);
  });
});
