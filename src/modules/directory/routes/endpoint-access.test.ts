import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TEST_API_KEY } from '../../../../test/harness/app.ts';
import { createJourneyApp, type JourneyApp } from '../testing/journeys.ts';

const ACCESS_DENIED = { Message: 'Access Denied, please contact the development team for assistance' };
const event = { ODSCode: 'FX001', OrganisationTypeId: 'PHA', OrganisationSubType: 'Community' };
let sequence = 0;

function post(test: JourneyApp, remoteAddress: string, headers: Record<string, string> = {}) {
  sequence += 1;
  return test.module('directory').inject({
    method: 'POST',
    url: '/v1/change-event?x=1',
    remoteAddress,
    headers: {
      'x-api-key': TEST_API_KEY,
      'sequence-number': String(sequence),
      'content-type': 'application/json',
      ...headers,
    },
    payload: JSON.stringify(event),
  });
}

describe('the allow list', () => {
  it('takes effect when it is applied, without a restart', async () => {
    await using test = await createJourneyApp();
    const command = (action: string, values: Record<string, string> = {}) =>
      test.command('allowlist', { action, ...values }) as Promise<object[]>;
    const untilStatus = (address: string, status: number) =>
      test.waitUntil(`${address} gets ${status}`, async () => {
        return (await post(test, address)).statusCode === status;
      });
    await untilStatus('198.51.100.1', 200);
    await command('add', { name: 'Profile Editor', ip: '203.0.113.0/24' });
    await command('add', { name: 'tester', ip: '198.51.100.7' });
    assert.deepEqual(await command('list'), [
      { name: 'Profile Editor', wanted: '203.0.113.0/24', applied: null },
      { name: 'tester', wanted: '198.51.100.7/32', applied: null },
    ]);
    assert.equal((await post(test, '198.51.100.1')).statusCode, 200, 'not applied yet');
    await command('apply');
    await untilStatus('198.51.100.1', 403);
    assert.deepEqual((await post(test, '198.51.100.1')).json(), ACCESS_DENIED);
    for (const address of ['203.0.113.9', '198.51.100.7', '::ffff:203.0.113.10']) {
      assert.equal((await post(test, address)).statusCode, 200, address);
    }
    await command('remove', { name: 'tester' });
    assert.equal((await post(test, '198.51.100.7')).statusCode, 200, 'not applied yet');
    assert.deepEqual(await command('apply'), [
      { name: 'Profile Editor', wanted: '203.0.113.0/24', applied: '203.0.113.0/24' },
    ]);
    await untilStatus('198.51.100.7', 403);
    for (const [action, values] of [
      ['add', { name: 'x', ip: '203.0.113.300' }],
      ['add', { name: 'x', ip: '2001:db8::1' }],
      ['remove', { name: 'nobody' }],
      ['replace', {}],
    ] as const) {
      await assert.rejects(command(action, values), { name: 'CommandRefusal' });
    }
  });

  it('comes before the key, and as the firewall where one is on', async () => {
    const environment = { DIRECTORY_IP_ALLOW_LIST: '{"nhs":"203.0.113.7/32"}' };
    await using off = await createJourneyApp({ environment });
    const denied = await post(off, '198.51.100.1', { 'x-api-key': 'wrong' });
    assert.equal(denied.statusCode, 403);
    assert.deepEqual(denied.json(), ACCESS_DENIED);
    const wrongKey = await post(off, '203.0.113.7', { 'x-api-key': 'wrong' });
    assert.deepEqual(wrongKey.json(), { message: 'Forbidden' });
    await using on = await createJourneyApp({ environment: { ...environment, PROFILE: 'demo' } });
    const blocked = await post(on, '198.51.100.1');
    assert.equal(blocked.statusCode, 403);
    assert.deepEqual(blocked.json(), { message: 'Forbidden' });
    assert.equal((await post(on, '203.0.113.7')).statusCode, 200);
  });
});

describe('behind a proxy', () => {
  it('the address is the last one that is not a proxy of ours, whatever else a caller claims', async () => {
    const environment = {
      DIRECTORY_IP_ALLOW_LIST: '{"nhs":"203.0.113.7/32"}',
      SIGNALBOX_TRUSTED_PROXIES: '10.0.0.0/8',
    };
    await using test = await createJourneyApp({ environment });
    const statusOf = async (from: string, forwarded: string) =>
      (await post(test, from, { 'x-forwarded-for': forwarded })).statusCode;
    assert.equal(await statusOf('10.0.0.1', '203.0.113.7'), 200);
    assert.equal(await statusOf('10.0.0.1', '203.0.113.7, 10.0.0.2'), 200);
    assert.equal(await statusOf('10.0.0.1', '203.0.113.7, 198.51.100.1'), 403);
    assert.equal(await statusOf('198.51.100.1', '203.0.113.7'), 403);
  });
});

it('live does not start without a key that somebody chose', async () => {
  const environment = { PROFILE: 'live', NHS_UK_API_KEY: '' };
  await assert.rejects(createJourneyApp({ environment }), /PROFILE=live needs an API key for NHS\.uk/);
});

it('a database that is away is answered with the error of the contract, and the next event is taken', async () => {
  await using test = await createJourneyApp();
  const { pool } = test.database.db;
  await pool.query('alter table directory.received_events rename to received_events_away');
  const refused = await post(test, '203.0.113.7');
  assert.equal(refused.statusCode, 500);
  assert.deepEqual(refused.json(), { Message: 'Server Error' });
  assert.equal(refused.headers['x-frame-options'], 'DENY');
  await pool.query('alter table directory.received_events_away rename to received_events');
  assert.equal((await post(test, '203.0.113.7')).statusCode, 200);
  const alarms = (await test.command('alarms', { check: true, raised: true })) as { name: string }[];
  assert.ok(alarms.some(({ name }) => name.endsWith('| DI 5XX Endpoint Errors')));
});

describe('the access log', () => {
  it('has one line for each request, with the keys of the original', async () => {
    await using test = await createJourneyApp();
    await post(test, '203.0.113.7', { 'x-amzn-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793' });
    await post(test, '203.0.113.7', { 'x-api-key': 'wrong' });
    await test.waitUntil('both lines are printed', () => test.accessLines().length === 2);
    const [accepted, refused] = test.accessLines();
    assert.deepEqual(Object.keys(accepted ?? {}), [
      'requestTime',
      'requestId',
      'httpMethod',
      'path',
      'resourcePath',
      'status',
      'responseLatency',
      'ip',
      'xrayTraceId',
      'integrationRequestId',
      'functionResponseStatus',
      'integrationLatency',
      'integrationServiceStatus',
    ]);
    assert.equal(accepted?.path, '/v1/change-event');
    assert.equal(accepted?.resourcePath, '/v1/change-event');
    assert.equal(accepted?.status, 200);
    assert.equal(accepted?.ip, '203.0.113.7');
    assert.equal(accepted?.xrayTraceId, '1-5759e988-bd862e3fe1be46a994272793');
    assert.equal(refused?.status, 403);
  });
});
