import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { CommandRefusal } from '#platform/module';
import { odsCodeAt } from '#reference/pharmacies';
import type { SmokeVerdict } from '../smoke-test/smoke-test.ts';
import {
  createDirectoryApp,
  type DirectoryApp,
  NOW,
  OPERATOR_KEY,
  onlyPhone,
  pharmacyRecord,
} from '../testing/directory-app.ts';

describe('a message that a person puts on a queue', () => {
  let test: DirectoryApp;
  before(async () => {
    test = await createDirectoryApp({ now: NOW });
  });
  after(() => test[Symbol.asyncDispose]());

  const inject = (queue: string, message: object) =>
    test.command('inject', { queue, message: JSON.stringify(message) });
  const reports = async (correlationId: string) =>
    (await test.journey(correlationId))
      .filter(({ name }) => name === 'report.raised')
      .map(({ properties }) => properties);
  const storedCount = async (odsCode: string) => {
    const { rows } = await test.database.db.pool.query(
      'select sequence_number, event, event_received from directory.change_events where ods_code = $1',
      [odsCode],
    );
    return rows;
  };

  it('reaches the change event DLQ handler as the raw change event it is', async () => {
    const event = { ...pharmacyRecord(odsCodeAt(3)), Staff: [{ Name: 'Somebody Private' }] };
    await inject('change-event-dlq', {
      body: JSON.stringify(event),
      attributes: {
        'correlation-id': { dataType: 'String', stringValue: 'raw-1' },
        'sequence-number': { dataType: 'Number', stringValue: '1700000000000000001' },
        error_msg: 'broken',
        error_msg_http_code: '400',
      },
    });
    await test.drain();
    const [report, ...more] = await reports('raw-1');
    assert.deepEqual(more, []);
    assert.equal(report?.error_msg, 'Message Abandoned: broken');
    assert.equal(report?.error_msg_http_code, '400');
    assert.deepEqual(report?.payload, pharmacyRecord(odsCodeAt(3)));
    const [row] = await storedCount(odsCodeAt(3));
    assert.equal(row.sequence_number, '1700000000000000001');
    assert.equal(row.event.includes('Somebody'), false);
    assert.equal(test.output().includes('Somebody'), false);
    assert.ok(test.output().includes("Redacted 'Staff' key from Change Event payload"));
  });

  it('reaches the change event DLQ handler as a message of the holding queue', async () => {
    await inject('change-event-dlq', {
      change_event: pharmacyRecord(odsCodeAt(4)),
      sequence_number: 77,
      message_received: Date.parse('2026-06-30T10:00:00Z'),
      dynamo_record_id: 'a'.repeat(32),
      correlation_id: 'holding-1',
    });
    await test.drain();
    const [report] = await reports('holding-1');
    assert.equal(report?.dynamo_record_id, 'a'.repeat(32));
    assert.equal(report?.message_received, '2026-06-30 10:00:00.000');
    assert.equal(report?.error_msg, 'Message Abandoned: ');
    assert.equal((await storedCount(odsCodeAt(4)))[0].sequence_number, '77');
  });

  it('reaches the update DLQ handler, and the sync, as an update request', async () => {
    const [service] = await test.dos<{ id: number }>(
      'select id from services where odscode = $1 and typeid = 13',
      [odsCodeAt(5)],
    );
    const change_event = pharmacyRecord(odsCodeAt(5), onlyPhone('01632 960 555'));
    const body = { change_event, service_id: String(service?.id) };
    const attributes = { correlation_id: 'update-1', message_received: '1782900000000' };
    await inject('update-request-dlq', { body, attributes });
    await test.drain();
    const [report] = await reports('update-1');
    assert.equal(report?.report_key, 'DOS_DB_UPDATE_DLQ_HANDLER_RECEIVED_EVENT');
    assert.equal(report?.error_msg, 'Message Abandoned: None');
    const payload = report?.change_payload as { service_id: string } | undefined;
    assert.equal(payload?.service_id, String(service?.id));

    const response = await test.console.inject({
      method: 'POST',
      url: '/directory/v1/internal/queues/update-request/messages',
      headers: { 'x-api-key': OPERATOR_KEY },
      payload: { body, attributes: { ...attributes, correlation_id: 'update-2' } },
    });
    assert.equal(response.statusCode, 200, response.body);
    await test.drain();
    const [row] = await test.dos<{ publicphone: string }>('select publicphone from services where id = $1', [
      service?.id,
    ]);
    assert.equal(row?.publicphone, '01632960555');
    assert.ok((await test.journey('update-2')).some(({ name }) => name === 'update_request.succeeded'));
  });

  it('is answered without a 500 whatever it is, as is everything else that operators send', async () => {
    const odd = [
      null,
      -1,
      1.5,
      9e30,
      '',
      '\u0000',
      'a\u0000',
      '\ud800',
      [],
      {},
      '9'.repeat(60),
      '😀',
      '2026-02-30',
    ];
    const bodies: Record<string, (value: unknown) => unknown[]> = {
      '/event-replay': (value) => [value, { odscode: value, sequence_number: value }],
      '/event-replays': (value) => [
        ...['since', 'until', 'filter'].map((name) => ({ [name]: value })),
        ...['ods-code', 'Postcode', 'report', 'correlation-id'].map((name) => ({
          filter: `${name}=${value}`,
        })),
      ],
      '/dos-db-handler': (value) => [
        { type: value },
        { type: 'read', query: value },
        { type: 'read', query: 'select %s::text as given', query_vars: [value] },
        { type: 'change_event_standard_opening_times', service_id: value },
      ],
      '/queues/change-event-dlq/messages': (value) => [
        { body: value },
        {
          body: {},
          attributes: { 'correlation-id': value, 'sequence-number': value, message_received: value },
        },
        { body: { change_event: { ODSCode: value }, dynamo_record_id: value, sequence_number: value } },
      ],
      '/queues/update-request/messages': (value) => [
        { body: { change_event: { ODSCode: value }, service_id: '1' } },
        { body: { change_event: { ODSCode: 'FA001' }, service_id: value } },
      ],
      '/dry-runs': (value) => [{ ODSCode: value }, { sequence_number: value, event: { Postcode: value } }],
    };
    const requests = Object.entries(bodies).flatMap(([path, bodiesOf]) =>
      odd.flatMap((value) => bodiesOf(value).map((body) => ({ path, text: JSON.stringify(body) }))),
    );
    assert.ok(requests.length > 200);
    const broken: string[] = [];
    for (const { path, text } of requests) {
      const { statusCode } = await test.console.inject({
        method: 'POST',
        url: `/directory/v1/internal${path}`,
        headers: { 'x-api-key': OPERATOR_KEY, 'content-type': 'application/json' },
        payload: text,
      });
      if (statusCode >= 500) broken.push(`${statusCode} ${path} ${text.slice(0, 100)}`);
    }
    assert.deepEqual(broken, []);
    await test.drain();
  });

  it('is refused with what is wrong, and leaves nothing behind', async () => {
    for (const [queue, message, problem] of [
      ['change-event', '{}', /The queue is one of/],
      ['change-event-dlq', '{', /not JSON/],
      ['change-event-dlq', '[]', /must be a JSON object/],
      ['update-request', '{"service_id":"1"}', /needs a change_event|needs a service_id/],
      ['update-request', '{"change_event":{"ODSCode":"FA001"},"service_id":"x"}', /needs a service_id/],
      ['change-event-dlq', '{"body":{},"attributes":{"correlation-id":"a\\u0000"}}', /cannot be stored/],
      ['change-event-dlq', '{"body":{},"attributes":{"sequence-number":"1.5"}}', /whole number/],
    ] as const) {
      await assert.rejects(
        test.command('inject', { queue, message }),
        (error) => error instanceof CommandRefusal && error.exitCode === 2 && problem.test(error.message),
        message,
      );
    }
    const { rows } = await test.database.db.pool.query(
      "select count(*)::int as found from directory.injected_messages where body like '%FA001%'",
    );
    assert.deepEqual(rows, [{ found: 0 }]);
  });
});

describe('a smoke test', () => {
  it('changes everything of a pharmacy through the endpoint, finds it in DoS, and puts it back', async () => {
    await using app = await createDirectoryApp();
    await app.module('directory').listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.module('directory').server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const code = odsCodeAt(6);
    const smokeTest = (values: Record<string, string> = {}) =>
      app.command<SmokeVerdict>('smoke-test', { 'ods-code': code, url, ...values });
    await app.send(pharmacyRecord(code), { sequence: 77 });
    await app.drain();
    // A service that was switched on keeps its Z code (6.8.7).
    const content = async () => (await app.dosContent()).replaceAll(/"zcodes":(null|\[[^\]]*\])/g, '');
    const before = await content();

    await app.startWorker();
    const { passed, steps } = await smokeTest();
    assert.ok(passed);
    assert.equal(steps.length, 6);
    // Of the services that derive from it, the last may still be on its way.
    await app.app.stores[0].jobs.stop();
    await app.drain();
    assert.ok((await content()) === before, 'the directory is as it was');
    const [newest] = await app.sql<{ newest: string }>(
      'select latest_sequence_number as newest from directory.ods_sequences where ods_code = $1',
      [code],
    );
    assert.equal(newest?.newest, '77', 'so that no event of NHS.uk is taken for an old one');
    const changed = await app.dos<{ history: string }>(
      'select history from servicehistories h join services s on s.id = h.serviceid where odscode = $1 and typeid = 13',
      [code],
    );
    assert.match(changed[0]?.history ?? '', /Smoke Test Street/);

    const keys = await app.sql<{ name: string }>(
      "select name from platform.api_keys where name = 'smoke-test' and revoked_at is null",
    );
    assert.deepEqual(keys, []);
    for (const [values, problem] of [
      [{ 'api-key': 'wrong' }, /FAILED: Changing it: the endpoint accepts the event/],
      [{ 'ods-code': 'NOPE1' }, /DoS has no active pharmacy NOPE1/],
      [{ 'ods-code': 'x' }, /five letters and digits/],
      [{ url: 'http://127.0.0.1:1' }, /gave no answer/],
    ] as const) {
      await assert.rejects(
        smokeTest(values),
        (error) => error instanceof CommandRefusal && problem.test(error.message),
      );
    }
  });
});

it('nobody puts messages on queues or reaches into DoS in live', async () => {
  const environment = { PROFILE: 'live' };
  await using test = await createDirectoryApp({ environment });
  await assert.rejects(
    test.command('inject', { queue: 'update-request-dlq', message: '{}' }),
    (error) => error instanceof CommandRefusal && /live/.test(error.message),
  );
  const response = await test.console.inject({
    method: 'POST',
    url: '/directory/v1/internal/queues/update-request-dlq/messages',
    headers: { 'x-api-key': OPERATOR_KEY },
    payload: {},
  });
  assert.equal(response.statusCode, 404);
  await assert.rejects(test.command('smoke-test', { 'ods-code': odsCodeAt(3) }), /PROFILE=live refuses it/);
  const body = { type: 'read', query: 'select 1 as one' };
  assert.equal((await test.operate('POST', '/dos-db-handler', body)).status, 404);
  await assert.rejects(
    test.command('dos-db', { message: JSON.stringify(body) }),
    (error) => error instanceof CommandRefusal && /does not exist in PROFILE=live/.test(error.message),
  );
});
