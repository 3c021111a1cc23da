import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TEST_API_KEY } from '../../../../test/harness/app.ts';
import { createDirectoryApp, type DirectoryApp, NOW } from '../testing/directory-app.ts';

const ACCESS_DENIED = { Message: 'Access Denied, please contact the development team for assistance' };
const event = { ODSCode: 'FX001', OrganisationTypeId: 'PHA', OrganisationSubType: 'Community' };
let sequence = 0;

function post(test: DirectoryApp, remoteAddress: string, headers: Record<string, string> = {}) {
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

const LISTED = '{"nhs":"203.0.113.7/32"}';

describe('the endpoint', () => {
  let test: DirectoryApp;
  let now = NOW.getTime();
  before(async () => {
    test = await createDirectoryApp({ now: NOW });
  });
  after(() => test[Symbol.asyncDispose]());

  it('lets in whom the allow list names as soon as it is applied, without a restart', async () => {
    const command = (action: string, values: Record<string, string> = {}) =>
      test.command<object[]>('allowlist', { action, ...values });
    const twoSecondsLater = () => {
      now += 2_000;
      test.setNow(new Date(now));
    };
    const statusOf = async (address: string) => (await post(test, address)).statusCode;
    assert.equal(await statusOf('198.51.100.1'), 200);
    await command('add', { name: 'Profile Editor', ip: '203.0.113.0/24' });
    await command('add', { name: 'tester', ip: '198.51.100.7' });
    assert.deepEqual(await command('list'), [
      { name: 'Profile Editor', wanted: '203.0.113.0/24', applied: null },
      { name: 'tester', wanted: '198.51.100.7/32', applied: null },
    ]);
    twoSecondsLater();
    assert.equal(await statusOf('198.51.100.1'), 200, 'not applied yet');
    await command('apply');
    twoSecondsLater();
    assert.equal(await statusOf('198.51.100.1'), 403);
    assert.deepEqual((await post(test, '198.51.100.1')).json(), ACCESS_DENIED);
    for (const address of ['203.0.113.9', '198.51.100.7', '::ffff:203.0.113.10']) {
      assert.equal(await statusOf(address), 200, address);
    }
    await command('remove', { name: 'tester' });
    twoSecondsLater();
    assert.equal(await statusOf('198.51.100.7'), 200, 'not applied yet');
    assert.deepEqual(await command('apply'), [
      { name: 'Profile Editor', wanted: '203.0.113.0/24', applied: '203.0.113.0/24' },
    ]);
    twoSecondsLater();
    assert.equal(await statusOf('198.51.100.7'), 403);
    for (const [action, values] of [
      ['add', { name: 'x', ip: '203.0.113.300' }],
      ['add', { name: 'x', ip: '2001:db8::1' }],
      ['add', { name: 'x', 'ip-from': 'http://127.0.0.1:1/' }],
      ['remove', { name: 'nobody' }],
      ['replace', {}],
    ] as const) {
      await assert.rejects(command(action, values), { name: 'CommandRefusal' });
    }
  });

  it('answers with the error of the contract while its database is away, and then takes the next event', async () => {
    await test.sql('alter table directory.received_events rename to received_events_away');
    const refused = await post(test, '203.0.113.7');
    assert.equal(refused.statusCode, 500);
    assert.deepEqual(refused.json(), { Message: 'Server Error' });
    assert.equal(refused.headers['x-frame-options'], 'DENY');
    await test.sql('alter table directory.received_events_away rename to received_events');
    assert.equal((await post(test, '203.0.113.7')).statusCode, 200);
    const alarms = await test.command<{ name: string }[]>('alarms', { check: true, raised: true });
    assert.ok(alarms.some(({ name }) => name.endsWith('| DI 5XX Endpoint Errors')));
  });

  it('prints one line of the access log for each request, with the keys of the original', async () => {
    const [good, bad] = ['1-5759e988-bd862e3fe1be46a994272793', '1-5759e988-bd862e3fe1be46a994272794'];
    const lineOf = (trace: string) => test.accessLines().find(({ xrayTraceId }) => xrayTraceId === trace);
    await post(test, '203.0.113.7', { 'x-amzn-trace-id': `Root=${good}` });
    await post(test, '203.0.113.7', { 'x-amzn-trace-id': `Root=${bad}`, 'x-api-key': 'wrong' });
    await test.waitUntil('both lines are printed', () => [good, bad].every((trace) => lineOf(trace)));
    const [accepted, refused] = [lineOf(good), lineOf(bad)];
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
    assert.equal(refused?.status, 403);
  });
});

describe('the addresses of the settings', () => {
  it('come before the key, and behind a proxy are the last that is not a proxy of ours', async () => {
    const environment = { DIRECTORY_IP_ALLOW_LIST: LISTED, SIGNALBOX_TRUSTED_PROXIES: '10.0.0.0/8' };
    await using test = await createDirectoryApp({ environment });
    const denied = await post(test, '198.51.100.1', { 'x-api-key': 'wrong' });
    assert.equal(denied.statusCode, 403);
    assert.deepEqual(denied.json(), ACCESS_DENIED);
    const wrongKey = await post(test, '203.0.113.7', { 'x-api-key': 'wrong' });
    assert.deepEqual(wrongKey.json(), { message: 'Forbidden' });
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
  await assert.rejects(createDirectoryApp({ environment }), /PROFILE=live needs an API key for NHS\.uk/);
});
