import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { odsCodeAt } from '#reference/pharmacies';
import {
  createDirectoryApp,
  type DirectoryApp,
  onlyPhone,
  pharmacyRecord,
} from '../testing/directory-app.ts';
import { traceparentOf, xrayTraceId } from './trace-id.ts';

const NOW = new Date('2026-07-01T11:30:00.007Z');

describe('the log lines of a change event', () => {
  let test: DirectoryApp;
  before(async () => {
    const environment = { ENVIRONMENT: 'blue1', LOG_LEVEL: 'INFO' };
    test = await createDirectoryApp({ environment, now: NOW });
  });
  after(() => test[Symbol.asyncDispose]());

  const linesOf = (id: string) => test.lines().filter((line) => line.correlation_id === id);

  it('have the keys of the original, through all stages, under one trace id', async () => {
    const staff = { Staff: [{ Name: 'Somebody Private' }] };
    await test.send(pharmacyRecord(odsCodeAt(3), { ...onlyPhone('01632 960 999'), ...staff }), {
      correlationId: 'c-1',
      headers: { 'x-amzn-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1' },
    });
    await test.drain();
    const lines = linesOf('c-1');
    const stages = new Map([
      ['uec-dos-int-blue1-ingest-change-event', "Redacted 'Staff' key from Change Event payload"],
      ['uec-dos-int-blue1-service-matcher', 'Sent Off Update Request'],
      ['uec-dos-int-blue1-service-sync', 'Update Request Success'],
    ]);
    for (const line of lines) {
      assert.match(String(line.level), /^(INFO|WARNING|ERROR)$/);
      assert.equal(line.timestamp, '2026-07-01 11:30:00,007+0000');
      assert.equal(line.service, 'uec-dos-integration-dev-blue1');
      assert.equal(line.xray_trace_id, '1-5759e988-bd862e3fe1be46a994272793');
      assert.equal(line.ods_code, odsCodeAt(3));
      assert.ok(stages.has(String(line.function_name)), String(line.function_name));
      assert.ok(typeof line.location === 'string' && typeof line.function_request_id === 'string');
    }
    for (const [name, message] of stages) {
      assert.ok(
        lines.some((line) => line.function_name === name && line.message === message),
        message,
      );
    }
    assert.equal(test.output().includes('Somebody Private'), false);
    const printed = test
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    for (const line of printed) assert.equal(line, JSON.stringify(JSON.parse(line)), 'no key stands twice');
  });

  it('name one run of a worker on one message each', async () => {
    await test.send(pharmacyRecord(odsCodeAt(4)), { correlationId: 'c-runs' });
    await test.drain();
    const lines = linesOf('c-runs');
    const services = new Set(lines.map((line) => line.service_id).filter((id) => id !== undefined));
    const ofSync = lines.filter((line) => String(line.function_name).endsWith('service-sync'));
    assert.equal(new Set(ofSync.map((line) => line.function_request_id)).size, services.size);
    const requestIds = Map.groupBy(lines, (line) => line.function_request_id).values();
    for (const run of requestIds) assert.equal(new Set(run.map((line) => line.function_name)).size, 1);
  });

  it('say what was compared, in the register as well', async () => {
    await test.send(pharmacyRecord(odsCodeAt(5), { OpeningTimes: [{ OpeningTimeType: 'General' }] }), {
      correlationId: 'c-2',
    });
    await test.drain();
    const printed = new Set(linesOf('c-2').map(({ message }) => message));
    const recorded = new Map((await test.journey('c-2')).map((event) => [event.properties.message, event]));
    const [pharmacy] = await test.dos<{ id: number }>(
      'select id from services where odscode = $1 and typeid = 13',
      [odsCodeAt(5)],
    );
    for (const message of [
      'Change Event received',
      'Added record to dynamodb',
      'Sent Off Update Request',
      'No valid pending changes found',
      `No changes to save for service id ${pharmacy?.id}`,
      'Opening times are not valid',
      'No change / Not suitable for palliative care comparison',
      'Not Suitable for blood pressure comparison',
      'Not Suitable for contraception comparison',
      'Update Request Success',
    ]) {
      assert.ok(printed.has(message), `printed: ${message}`);
      assert.ok(recorded.has(message), `recorded: ${message}`);
    }
    const palliative = recorded.get('No change / Not suitable for palliative care comparison');
    for (const key of [
      'nhs_uk_palliative_care',
      'dos_palliative_care',
      'dos_odscode',
      'skip_palliative_care_check',
      'ods_code',
      'service_id',
      'service_name',
      'service_uid',
      'type_id',
    ]) {
      assert.ok(palliative && key in palliative.properties, key);
    }
  });

  it('hold one audit line of DoS for each updated field', async () => {
    await test.send(pharmacyRecord(odsCodeAt(6), onlyPhone('01632 960 123')), { correlationId: 'c-3' });
    await test.drain();
    const audit = test
      .output()
      .split('\n')
      .filter((line) => line.includes('|message=UpdateService|correlationId=c-3|'));
    const updates = linesOf('c-3').filter((line) => line.report_key === 'SERVICE_UPDATE');
    assert.ok(updates.length > 0);
    assert.equal(audit.length, updates.length);
    for (const line of audit) {
      assert.match(
        line,
        /^2026-07-01 11:30:00,007\|INFO\|DOS_INTEGRATION_BLUE1\|c-3\|DOS_INTEGRATION\|NULL\|/,
      );
      assert.match(line, /\|elapsedTime=NULL\|execution_time=NULL$/);
    }
    for (const update of updates) {
      for (const key of [
        'action',
        'previous_value',
        'new_value',
        'data_field_modified',
        'service_name',
        'service_uid',
        'type_id',
        'dos_region',
        'environment',
        'nhsuk_organisation_name',
        'nhsuk_organisation_typeid',
      ]) {
        assert.ok(key in update, key);
      }
      assert.equal(update.level, 'WARNING');
      assert.equal(update.cloudwatch_metric_filter_matching_attribute, 'ServiceUpdate');
    }
  });

  it('tell of each attempt that failed', async () => {
    await test.send(pharmacyRecord(odsCodeAt(7), onlyPhone('0'.repeat(300))), { correlationId: 'c-4' });
    await test.drain();
    const failed = linesOf('c-4').filter(({ message }) => message === 'Error processing update request');
    const services = new Set(failed.map((line) => line.service_id));
    assert.equal(failed.length, services.size * 5);
    const [first] = failed;
    assert.equal(first?.level, 'ERROR');
    assert.equal(first?.exception_name, 'UnwritableValueError');
    assert.equal(first?.environment, 'blue1');
    assert.equal(first?.cloudwatch_metric_filter_matching_attribute, 'UpdateRequestError');
    assert.ok(typeof first?.exception === 'string' && typeof first.stack_trace === 'string');
  });
});

describe('the least severe level', () => {
  it('keeps lines from being printed, and not from the register', async () => {
    await using test = await createDirectoryApp({ environment: { LOG_LEVEL: 'WARNING' }, now: NOW });
    await test.send(pharmacyRecord(odsCodeAt(3)), { correlationId: 'quiet' });
    await test.drain();
    assert.deepEqual(new Set(test.lines().map(({ level }) => level)), new Set(['WARNING']));
    const messages = (await test.journey('quiet')).map((event) => event.properties.message);
    assert.ok(messages.includes('Added record to dynamodb'));
  });
});

describe('a trace id', () => {
  it('is that of Amazon, else of W3C, else made of the correlation id', () => {
    const amazon = { 'x-amzn-trace-id': 'Self=1-a;Root=1-5759E988-bd862e3fe1be46a994272793' };
    assert.match(traceparentOf(amazon) ?? '', /^00-5759e988bd862e3fe1be46a994272793-[0-9a-f]{16}-01$/);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    assert.equal(traceparentOf({ traceparent, 'x-amzn-trace-id': 'Root=broken' }), traceparent);
    assert.equal(traceparentOf({ traceparent: 'broken' }), undefined);
    assert.equal(xrayTraceId(traceparent, 'any'), '1-0af76519-16cd43dd8448eb211c80319c');
    assert.match(xrayTraceId(null, 'any'), /^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    assert.equal(xrayTraceId(null, 'any'), xrayTraceId(undefined, 'any'));
  });
});
