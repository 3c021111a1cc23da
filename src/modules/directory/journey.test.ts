import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RegisterEvent } from '#platform/events';
import { odsCodeAt, profileOf } from '#reference/pharmacies';
import { matchServicesTask } from './tasks/definitions.ts';
import {
  createDirectoryApp,
  type DirectoryApp,
  NOW,
  onlyPhone,
  pharmacyRecord,
  untilPhone,
} from './testing/directory-app.ts';

describe('a change event on its way to DoS', () => {
  let app: DirectoryApp;
  before(async () => {
    app = await createDirectoryApp({ now: NOW });
  });
  after(() => app[Symbol.asyncDispose]());

  const named = (events: RegisterEvent[], name: string) => events.filter((event) => event.name === name);
  const pharmacy = async (odsCode: string) => {
    const [row] = await app.dos<{
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
    await app.send(pharmacyRecord(code, onlyPhone('01632 960 999')), { correlationId: 'phone-change' });
    await app.drain();
    const row = await pharmacy(code);
    assert.equal(row.publicphone, '01632960999');
    assert.equal(row.modifiedby, 'DOS_INTEGRATION');
    assert.equal(row.modified, '2026-07-01 12:30:00');
    const newest = /^\{"(\d+)":(\{"new":\{.*?\}\},?)/.exec(row.history);
    assert.equal(newest?.[1], String(NOW.getTime() / 1_000));
    const events = await app.journey('phone-change');
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
    const body = pharmacyRecord(code, { OpeningTimes: undefined });
    await app.send(body, { correlationId: 'same-1' });
    await app.send(body, { correlationId: 'same-2' });
    await app.drain();
    const written = named(await app.journey('same-2'), 'update_request.succeeded');
    assert.ok(written.length > 0);
    assert.deepEqual(new Set(written.map((event) => event.properties.changed)), new Set([false]));
    assert.equal((await pharmacy(code)).publicphone, before.publicphone);
  });

  it('is stored but not applied when a newer one of its ODS code came before it', async () => {
    const code = odsCodeAt(6);
    await app.send(pharmacyRecord(code, onlyPhone('01632960001')), {
      correlationId: 'newer',
      sequence: 9_000,
    });
    await app.send(pharmacyRecord(code, onlyPhone('01632960002')), {
      correlationId: 'older',
      sequence: 8_999,
    });
    await app.send(pharmacyRecord(code, onlyPhone('01632960003')), {
      correlationId: 'equal',
      sequence: 9_000,
    });
    await app.drain();
    assert.deepEqual(
      (await app.journey('older')).map((event) => event.name),
      ['change_event.received', 'change_event.stored', 'change_event.ignored'],
    );
    assert.equal((await pharmacy(code)).publicphone, '01632960003');
  });

  it('keeps the order of its ODS code however many arrive at once', async () => {
    const code = odsCodeAt(7);
    for (let number = 0; number < 30; number += 1) {
      await app.send(pharmacyRecord(code, onlyPhone(`0163296${String(number).padStart(4, '0')}`)), {
        correlationId: `order-${number}`,
      });
    }
    await app.drain();
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
    await app.send(
      { ...pharmacyRecord(odsCodeAt(8)), OrganisationTypeId: 'DEN' },
      { correlationId: 'dentist' },
    );
    await app.drain();
    const [notice, event, ...more] = await app.journey('dentist');
    assert.equal(notice?.properties.message, 'Org type id: DEN is not a pharmacy');
    assert.equal(notice?.properties.org_type_id, 'DEN');
    assert.equal(event?.name, 'change_event.rejected');
    assert.equal(event?.properties.message, "Validation Error - Unexpected Org Type ID: 'DEN'");
    assert.deepEqual(more, []);
    const { rows } = await app.database.db.pool.query(
      "select count(*)::int as found from directory.change_events where event like '%DEN%'",
    );
    assert.deepEqual(rows, [{ found: 0 }]);
  });

  it('is reported when DoS has no service for it, or NHS.uk hides it', async () => {
    await app.send(pharmacyRecord(odsCodeAt(0), { ODSCode: 'Y9999' }), { correlationId: 'unmatched' });
    await app.send(pharmacyRecord(odsCodeAt(9), { OrganisationStatus: 'Hidden' }), {
      correlationId: 'hidden',
    });
    await app.drain();
    const keys = async (id: string) =>
      named(await app.journey(id), 'report.raised').map((event) => event.properties.report_key);
    assert.deepEqual(await keys('unmatched'), ['UNMATCHED_PHARMACY']);
    assert.ok((await keys('hidden')).every((key) => key === 'HIDDEN_OR_CLOSED'));
    assert.deepEqual(named(await app.journey('hidden'), 'update_request.sent'), []);
  });

  it('ends among the failures after five attempts when it cannot be written, and lets the next one pass', async () => {
    const code = odsCodeAt(10);
    await app.send(pharmacyRecord(code, onlyPhone('0'.repeat(300))), { correlationId: 'poison' });
    await app.send(pharmacyRecord(code, onlyPhone('01632960777')), { correlationId: 'after-poison' });
    await app.drain();
    const { failures } = await app.app.stores[0].jobs.failures.list(
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
    await app.dos('update servicehistories set history = $2 where serviceid = $1', [id, 'not json']);
    await app.dos(
      'insert into servicehistories select $1, $2 where not exists (select from servicehistories where serviceid = $1)',
      [id, 'not json'],
    );
    await app.send(pharmacyRecord(bad, onlyPhone('01632960888')), { correlationId: 'bad-history' });
    await app.send(pharmacyRecord(good, onlyPhone('01632960888')), { correlationId: 'good-history' });
    await app.drain();
    assert.equal((await pharmacy(good)).publicphone, '01632960888');
    const { failures } = await app.app.stores[0].jobs.failures.list(
      { correlationId: 'bad-history' },
      { limit: 10 },
    );
    assert.equal(failures[0]?.cause, 'ServiceHistoryError');
  });

  it('rejects a competing edit that waits for approval, and leaves edits of other fields alone', async () => {
    const code = odsCodeAt(13);
    const { id } = await pharmacy(code);
    const [user] = await app.dos<{ username: string }>(
      'select username from users where email is not null limit 1',
    );
    const propose = (change: string, value: string) =>
      app.dos(
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
    await app.send(pharmacyRecord(code, { OpeningTimes: undefined }), { correlationId: 'with-pending' });
    await app.drain();
    assert.deepEqual(
      await app.dos(
        "select id, approvestatus, modifiersname from changes where id in ('competing', 'other', 'broken') order by id",
      ),
      [
        { id: 'broken', approvestatus: 'PENDING', modifiersname: null },
        { id: 'competing', approvestatus: 'REJECTED', modifiersname: 'DOS_INTEGRATION' },
        { id: 'other', approvestatus: 'PENDING', modifiersname: null },
      ],
    );
    const events = await app.journey('with-pending');
    assert.deepEqual(
      named(events, 'pending_change.rejected').map((event) => event.properties.change_id),
      ['competing'],
    );
    assert.equal(JSON.stringify(events).includes('someone'), false);
  });

  it('reports an update once when the run that wrote it died before it could say so', async () => {
    const code = odsCodeAt(14);
    await app.send(pharmacyRecord(code, onlyPhone('01632960555')), { correlationId: 'interrupted' });
    // The register refuses writes: the update is committed in DoS, and our own transaction after it fails.
    const { pool } = app.database.db;
    await pool.query(`create function refuse() returns trigger language plpgsql as $$
      begin if new.name = 'update_request.succeeded' then raise 'the run dies here'; end if; return new; end $$`);
    await pool.query(
      'create trigger refuse before insert on platform.events for each row execute function refuse()',
    );
    await app.startWorker();
    await untilPhone(app, code, '01632960555');
    await pool.query('drop trigger refuse on platform.events');
    await app.app.stores[0].jobs.stop();
    await app.drain();
    const updates = named(await app.journey('interrupted'), 'service.updated').filter(
      (event) => event.properties.data_field_modified === 'cmstelephoneno',
    );
    const services = new Set(updates.map((event) => event.properties.service_id));
    assert.equal(updates.length, services.size, 'one report for each service');
    assert.ok(services.has((await pharmacy(code)).id));
    const { history } = await pharmacy(code);
    assert.equal(history.match(/01632960555/g)?.length, 1, 'one history entry');
  });

  describe('that switches a service for which an earlier event still waits', () => {
    const actor = { kind: 'operator', id: 'o-1', name: 'ada@example.org' } as const;
    const service = async (odsCode: string) => {
      const [row] = await app.dos<{ id: number; statusid: number; publicphone: string }>(
        'select id, statusid, publicphone from services where left(odscode, 5) = $1 and typeid = 148',
        [odsCode],
      );
      assert.ok(row);
      return row;
    };
    /** Sends both before the step that writes has seen the first. */
    const sendTogether = async (odsCode: string, first: object, second: object) => {
      const { jobs } = app.app.stores[0];
      await jobs.pause('directory.sync_service', actor);
      await app.send(pharmacyRecord(odsCode, first), { correlationId: `${odsCode}-first` });
      await app.drain();
      await app.send(pharmacyRecord(odsCode, second), { correlationId: `${odsCode}-second` });
      await app.drain();
      await jobs.resume('directory.sync_service', actor);
      await app.drain();
    };
    const OFFERED = { Services: [{ ServiceCode: 'SRV0560' }] };
    const NOT_OFFERED = { Services: [] };
    const CODE = [15, 16, 17, 18, 19, 20, 21, 22]
      .map(odsCodeAt)
      .find((code) => profileOf(code, 0).bloodPressure) as string;

    it('switches it off after all, or on', async () => {
      await app.send(pharmacyRecord(CODE, NOT_OFFERED));
      await app.drain();
      assert.equal((await service(CODE)).statusid, 2);
      await sendTogether(CODE, OFFERED, NOT_OFFERED);
      assert.equal((await service(CODE)).statusid, 2, 'as the newest event says');
      await sendTogether(CODE, NOT_OFFERED, OFFERED);
      assert.equal((await service(CODE)).statusid, 1);
    });

    it('leaves alone what the earlier one switches off', async () => {
      assert.equal((await service(CODE)).statusid, 1);
      await sendTogether(
        CODE,
        { ...NOT_OFFERED, ...onlyPhone('01632960801') },
        { ...NOT_OFFERED, ...onlyPhone('01632960802') },
      );
      assert.deepEqual(
        { ...(await service(CODE)), id: 0 },
        { id: 0, statusid: 2, publicphone: '01632960801' },
      );
      assert.equal((await pharmacy(CODE)).publicphone, '01632960802');
    });
  });

  it('does not let an event overtake another of its ODS code that waits for the matcher', async () => {
    const odsCode = odsCodeAt(9);
    const actor = { kind: 'operator', id: 'o-1', name: 'ada@example.org' } as const;
    const { jobs } = app.app.stores[0];
    await app.send(pharmacyRecord(odsCode, onlyPhone('01632960561')), { correlationId: 'overtake-1' });
    await app.drain();
    const { rows } = await app.database.db.pool.query(
      'select id, event_received from directory.change_events where ods_code = $1',
      [odsCode],
    );
    const [first] = rows;
    await jobs.pause(matchServicesTask.name, actor);
    const payload = { recordId: first.id, odsCode, receivedMs: Number(first.event_received) };
    await jobs.enqueue(null, matchServicesTask, [{ payload, key: odsCode, correlationId: 'overtake-again' }]);
    await app.send(pharmacyRecord(odsCode, onlyPhone('01632960562')), { correlationId: 'overtake-2' });
    await app.drain();
    assert.equal((await pharmacy(odsCode)).publicphone, '01632960561');

    await jobs.resume(matchServicesTask.name, actor);
    await app.drain();
    assert.equal((await pharmacy(odsCode)).publicphone, '01632960562');
    const waited = await app.journey('overtake-2');
    assert.equal(named(waited, 'update_request.sent').length, 1);
  });
});
