import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { odsCodeAt } from '#reference/pharmacies';
import {
  createDirectoryApp,
  type DirectoryApp,
  NOW,
  onlyPhone,
  pharmacyRecord,
} from '../testing/directory-app.ts';

describe('a message that failed every attempt', () => {
  let test: DirectoryApp;
  before(async () => {
    test = await createDirectoryApp({ environment: { ENVIRONMENT: 'blue1' }, now: NOW });
  });
  after(() => test[Symbol.asyncDispose]());

  const reportOf = async (correlationId: string) => {
    const reports = (await test.journey(correlationId)).filter(({ name }) => name === 'report.raised');
    const printed = test.lines().filter((line) => line.correlation_id === correlationId && line.report_key);
    return { reports: reports.map(({ properties }) => properties), printed };
  };

  it('of service sync is reported with its correlation id and the reason', async () => {
    await test.send(pharmacyRecord(odsCodeAt(3), onlyPhone('0'.repeat(300))), {
      correlationId: 'dead-update',
    });
    await test.drain();
    const { reports, printed } = await reportOf('dead-update');
    const dead = reports.filter(
      ({ report_key }) => report_key === 'DOS_DB_UPDATE_DLQ_HANDLER_RECEIVED_EVENT',
    );
    const [service] = await test.dos<{ id: number }>(
      'select id from services where odscode = $1 and typeid = 13',
      [odsCodeAt(3)],
    );
    const report = dead.find(
      ({ change_payload }) => (change_payload as { service_id: string }).service_id === String(service?.id),
    );
    assert.ok(report);
    assert.equal(report.level, 'WARNING');
    assert.equal(report.message, 'DoS DB Update DLQ Handler hit');
    assert.match(String(report.error_msg), /^Message Abandoned: services\.publicphone cannot hold/);
    assert.equal(report.ods_code, odsCodeAt(3));
    assert.equal(report.message_received, '2026-07-01 11:30:00.000');
    assert.equal(report.environment, 'blue1');
    assert.match(String(report.dynamo_record_id), /^[0-9a-f]{32}$/);
    assert.ok('error_msg_http_code' in report);
    const { change_event: event } = report.change_payload as { change_event: { ODSCode: string } };
    assert.equal(event.ODSCode, odsCodeAt(3));
    const line = printed.find(({ report_key }) => report_key === report.report_key);
    assert.equal(line?.function_name, 'uec-dos-int-blue1-dos-db-update-dlq-handler');
  });

  it('of ingest is reported and stored, so that a replay brings it back', async () => {
    const { pool } = test.database.db;
    await pool.query(`create function refuse_event() returns trigger language plpgsql as $$
      begin if new.correlation_id = 'dead-event' and new.name = 'change_event.received'
        then raise 'the event store is broken'; end if; return new; end $$`);
    await pool.query(
      'create trigger refuse_event before insert on platform.events for each row execute function refuse_event()',
    );
    const staff = { Staff: [{ Name: 'Somebody Private' }] };
    await test.send(pharmacyRecord(odsCodeAt(4), { ...onlyPhone('01632960444'), ...staff }), {
      correlationId: 'dead-event',
      sequence: '1234567890123456789',
    });
    await test.drain();
    await pool.query('drop trigger refuse_event on platform.events');
    const { reports, printed } = await reportOf('dead-event');
    assert.equal(reports.length, 1);
    const [report] = reports;
    assert.equal(report?.report_key, 'CHANGE_EVENT_DLQ_HANDLER_RECEIVED_EVENT');
    assert.equal(report?.message, 'Change Event Dead Letter Queue Handler received event');
    assert.equal(report?.error_msg, 'Message Abandoned: the event store is broken');
    const payload = report?.payload as { ODSCode: string } | undefined;
    assert.equal(payload?.ODSCode, odsCodeAt(4));
    assert.equal(printed.length, 1);
    assert.equal(test.output().includes('Somebody Private'), false);
    const [error] = test.lines().filter(({ message }) => message === 'Error Occurred');
    assert.equal(error?.function_name, 'uec-dos-int-blue1-ingest-change-event');

    const replayed = (await test.command('replay', {
      'ods-code': odsCodeAt(4),
      'sequence-number': '1234567890123456789',
    })) as { correlation_id: string };
    await test.drain();
    const [service] = await test.dos<{ publicphone: string }>(
      'select publicphone from services where odscode = $1 and typeid = 13',
      [odsCodeAt(4)],
    );
    assert.equal(service?.publicphone, '01632960444', replayed.correlation_id);
  });

  it('of ingest is not missed when its queue is cleared after 14 days, as one is that nobody took', async () => {
    const isMissed = async () => {
      await test.runTask('directory.purge_expired');
      await test.drain();
      const raised = await test.command<{ name: string }[]>('alarms', { check: true, raised: true });
      return raised.some(({ name }) => name.endsWith('| Change Events Removed Unprocessed'));
    };
    const afterDays = (days: number) => test.setNow(new Date(NOW.getTime() + days * 86_400_000));
    afterDays(15);
    assert.equal(await isMissed(), false);
    const { jobs } = test.app.stores[0];
    const actor = { kind: 'operator', id: 'o-1', name: 'ada@example.org' } as const;
    await jobs.pause('directory.ingest_change_event', actor);
    await test.send(pharmacyRecord(odsCodeAt(5)), { correlationId: 'nobody-took-it' });
    afterDays(30);
    assert.equal(await isMissed(), true);
    await jobs.resume('directory.ingest_change_event', actor);
  });
});
