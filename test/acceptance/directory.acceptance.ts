import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call, directoryKey } from './instance.ts';

const path = '/directory/v1/change-event';
const event = { ODSCode: 'ZZ999', OrganisationTypeId: 'PHA', OrganisationSubType: 'Community' };

function post(headers: Record<string, string>, body: string) {
  return call(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
}

test('the directory is healthy', async () => {
  const { status, body } = await call('/directory/health');
  assert.equal(status, 200, JSON.stringify(body));
});

describe('a change event without a good key is refused before anything else is looked at', () => {
  const attempts: [name: string, headers: Record<string, string>, body: string][] = [
    ['no key', { 'sequence-number': '1' }, JSON.stringify(event)],
    ['an empty key', { 'x-api-key': '', 'sequence-number': '1' }, JSON.stringify(event)],
    ['a wrong key', { 'x-api-key': 'not-the-key', 'sequence-number': '1' }, JSON.stringify(event)],
    ['no key and no sequence number', {}, JSON.stringify(event)],
    ['no key and a broken body', { 'sequence-number': '1' }, '{"ODSCode":'],
    ['a wrong key and another type', { 'x-api-key': 'not-the-key', 'content-type': 'text/xml' }, '<a/>'],
  ];
  for (const [name, headers, body] of attempts) {
    test(name, async () => {
      const answer = await post(headers, body);
      assert.equal(answer.status, 403);
      assert.deepEqual(answer.body, { message: 'Forbidden' });
      assert.equal(answer.headers.get('x-frame-options'), 'DENY');
    });
  }
});

test('an unknown path of the directory is refused as the gateway did', async () => {
  const { status, body } = await call('/directory/v1/nothing', { method: 'POST' });
  assert.equal(status, 403);
  assert.deepEqual(body, { message: 'Missing Authentication Token' });
});

describe('a change event that cannot be accepted', { skip: !directoryKey && 'needs --directory-key' }, () => {
  const key = { 'x-api-key': directoryKey ?? '' };
  const badRequest = { Message: 'Bad Request' };
  const attempts: [name: string, headers: Record<string, string>, body: string][] = [
    ['without a sequence number', {}, JSON.stringify(event)],
    ['with a fractional sequence number', { 'sequence-number': '1.5' }, JSON.stringify(event)],
    ['with a broken body', { 'sequence-number': '1' }, '{"ODSCode":'],
    ['with an empty body', { 'sequence-number': '1' }, ''],
    ['with a list for a body', { 'sequence-number': '1' }, '[]'],
    [
      'with a space in the ODS code',
      { 'sequence-number': '1' },
      JSON.stringify({ ...event, ODSCode: 'A B' }),
    ],
    ['over 262,144 bytes', { 'sequence-number': '1' }, JSON.stringify({ ...event, x: 'x'.repeat(262_144) })],
  ];
  for (const [name, headers, body] of attempts) {
    test(name, async () => {
      const answer = await post({ ...key, ...headers }, body);
      assert.equal(answer.status, 400);
      assert.deepEqual(answer.body, badRequest);
    });
  }

  test('of another media type', async () => {
    const answer = await post({ ...key, 'sequence-number': '1', 'content-type': 'text/xml' }, '<a/>');
    assert.equal(answer.status, 415);
    assert.deepEqual(answer.body, { message: 'Unsupported Media Type' });
  });
});
