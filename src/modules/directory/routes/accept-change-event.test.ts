import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { InjectOptions } from 'fastify';
import { createTestApp, TEST_API_KEY, type TestApp } from '../../../../test/harness/app.ts';
import { countReceivedEvents } from '../intake/received-event-queries.ts';

const SECURITY_HEADERS = {
  'cache-control': 'no-cache',
  pragma: 'no-store',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'self'",
};

describe('POST /v1/change-event', () => {
  let test: TestApp;
  let sequence = 1_000;
  before(async () => {
    test = await createTestApp({ environment: { SIGNALBOX_MODULES: 'directory' } });
  });
  after(() => test[Symbol.asyncDispose]());

  const event = (fields: object = {}) => ({
    ODSCode: 'FX001',
    OrganisationTypeId: 'PHA',
    OrganisationSubType: 'Community',
    ...fields,
  });
  const post = (
    options: {
      headers?: Record<string, string | undefined>;
      payload?: unknown;
      url?: string;
      method?: InjectOptions['method'];
    } = {},
  ) => {
    sequence += 1;
    const headers = {
      'x-api-key': TEST_API_KEY,
      'sequence-number': String(sequence),
      'content-type': 'application/json',
      ...options.headers,
    };
    const payload = options.payload ?? JSON.stringify(event());
    return test.module('directory').inject({
      method: options.method ?? 'POST',
      url: options.url ?? '/v1/change-event',
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
      ...(options.method === 'GET' ? {} : { payload: payload as string | Buffer }),
    });
  };
  const stored = () => countReceivedEvents(test.database.db.kysely);

  /** Asserts the exact answer, the headers of every answer, and that a refusal stored nothing. */
  const expectAnswer = async (
    request: Parameters<typeof post>[0],
    status: number,
    body: string,
  ): Promise<void> => {
    const before = await stored();
    const response = await post(request);
    assert.equal(response.body, body);
    assert.equal(response.statusCode, status);
    assert.equal(response.headers['content-type'], 'application/json');
    for (const [name, value] of Object.entries(SECURITY_HEADERS))
      assert.equal(response.headers[name], value, name);
    assert.equal(await stored(), status === 200 ? before + 1 : before);
  };
  const ACCEPTED = '{"Message":"Change event received"}';
  const BAD_REQUEST = '{"Message":"Bad Request"}';

  it('accepts an event and answers with the correlation id it was given', async () => {
    const response = await post({ headers: { 'correlation-id': 'abc/1 & 2%' } });
    assert.equal(response.statusCode, 200);
    assert.equal(response.body, ACCEPTED);
    assert.equal(response.headers['correlation-id'], 'abc/1 & 2%');
  });

  it('makes a correlation id when none was sent', async () => {
    const response = await post();
    assert.match(String(response.headers['correlation-id']), /^[0-9a-f-]{36}$/);
  });

  it('takes x-correlation-id as a fallback and query parameters before headers', async () => {
    const fallback = await post({ headers: { 'x-correlation-id': 'from-x' } });
    assert.equal(fallback.headers['correlation-id'], 'from-x');
    const query = await post({
      url: '/v1/change-event?correlation-id=from-query&sequence-number=77',
      headers: { 'correlation-id': 'from-header', 'sequence-number': undefined },
    });
    assert.equal(query.statusCode, 200);
    assert.equal(query.headers['correlation-id'], 'from-query');
  });

  it('accepts an event without an ODS code, which ingest rejects', () =>
    expectAnswer({ payload: JSON.stringify({ OrganisationTypeId: 'PHA' }) }, 200, ACCEPTED));

  it('accepts unknown fields and a body without a content type', () =>
    expectAnswer(
      { payload: JSON.stringify(event({ Extra: { deep: [1] } })), headers: { 'content-type': undefined } },
      200,
      ACCEPTED,
    ));

  for (const sequenceNumber of ['1', '-5', '0', '007', '1782345678901234567', '9'.repeat(38)]) {
    it(`accepts sequence number ${sequenceNumber}`, () =>
      expectAnswer({ headers: { 'sequence-number': sequenceNumber } }, 200, ACCEPTED));
  }
  for (const sequenceNumber of [undefined, '', 'abc', '1.5', '1e3', '+1', ' ', '9'.repeat(39), '0x1f']) {
    it(`refuses sequence number ${JSON.stringify(sequenceNumber)}`, () =>
      expectAnswer({ headers: { 'sequence-number': sequenceNumber } }, 400, BAD_REQUEST));
  }

  for (const [name, payload] of Object.entries({
    'malformed JSON': '{"ODSCode": "FX001"',
    'an empty body': ' ',
    'a JSON array': '[]',
    'a JSON string': '"FX001"',
    null: 'null',
    'invalid UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    'a byte order mark': `\ufeff${JSON.stringify({ ODSCode: 'FX001' })}`,
    'white space in the ODS code': JSON.stringify(event({ ODSCode: 'FX 01' })),
    'a control character in the ODS code': JSON.stringify(event({ ODSCode: 'FX\u000001' })),
    'an ODS code of 129 characters': JSON.stringify(event({ ODSCode: 'F'.repeat(129) })),
    'a body above 256 KiB': JSON.stringify(event({ Filler: 'x'.repeat(262_144) })),
  })) {
    it(`refuses ${name}`, () => expectAnswer({ payload }, 400, BAD_REQUEST));
  }

  it('counts header values into the 256 KiB', async () => {
    const body = (length: number) => JSON.stringify(event({ Filler: 'x'.repeat(length) }));
    const room = 262_144 - body(0).length - '1000000'.length;
    await expectAnswer({ payload: body(room), headers: { 'sequence-number': '1000000' } }, 200, ACCEPTED);
    await expectAnswer(
      { payload: body(room + 1), headers: { 'sequence-number': '1000000' } },
      400,
      BAD_REQUEST,
    );
  });

  it('refuses other media types', () =>
    expectAnswer({ headers: { 'content-type': 'text/xml' } }, 415, '{"message":"Unsupported Media Type"}'));

  it('refuses a missing and a wrong key before it looks at anything else', async () => {
    const forbidden = '{"message":"Forbidden"}';
    await expectAnswer({ headers: { 'x-api-key': undefined } }, 403, forbidden);
    await expectAnswer(
      { headers: { 'x-api-key': 'wrong', 'content-type': 'text/xml' }, payload: '{' },
      403,
      forbidden,
    );
  });

  it('answers unknown paths and methods as the gateway does', async () => {
    const missing = '{"message":"Missing Authentication Token"}';
    await expectAnswer({ url: '/v1/unknown' }, 403, missing);
    await expectAnswer({ method: 'GET' }, 403, missing);
    await expectAnswer({ method: 'PUT' }, 403, missing);
  });

  it('stores a network retry once, and the same body with another number or id again', async () => {
    const payload = JSON.stringify(event({ ODSCode: 'FX002' }));
    const send = (sequenceNumber: string, id: string) =>
      post({ payload, headers: { 'sequence-number': sequenceNumber, 'correlation-id': id } });
    const before = await stored();
    await Promise.all([send('5', 'retry'), send('5', 'retry'), send('5', 'retry')]);
    assert.equal((await send('5', 'retry')).body, ACCEPTED);
    assert.equal(await stored(), before + 1);
    await send('6', 'retry');
    await send('5', 'other');
    assert.equal(await stored(), before + 3);
  });

  it('keeps staff data out of everything it stores', async () => {
    await post({
      payload: JSON.stringify(event({ ODSCode: 'FX003', Staff: [{ name: 'Zebedee Quill' }] })),
      headers: { 'correlation-id': 'staffed' },
    });
    const { rows } = await test.database.db.pool.query(
      "select count(*)::int as found from directory.received_events where body like '%Zebedee%'",
    );
    assert.deepEqual(rows, [{ found: 0 }]);
  });

  it('accepts characters that PostgreSQL cannot hold in text', async () => {
    await expectAnswer(
      { payload: JSON.stringify(event({ Address1: 'a\u0000b', City: '\ud800' })) },
      200,
      ACCEPTED,
    );
  });

  it('refuses a correlation id that cannot be kept', () =>
    expectAnswer({ url: '/v1/change-event?correlation-id=a%00b' }, 400, BAD_REQUEST));

  it('answers 10,000 generated bad requests without a 500 and stores none of them', async () => {
    const before = await stored();
    const statuses = new Map<number, number>();
    for (let batch = 0; batch < 100; batch += 1) {
      const responses = await Promise.all(
        Array.from({ length: 100 }, (_, index) => post(badRequest(batch * 100 + index))),
      );
      for (const { statusCode } of responses) statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
    }
    assert.deepEqual([...statuses.keys()].sort(), [400, 403, 415]);
    assert.equal(await stored(), before);
  });
});

/** Every request is wrong in one of these ways, with random text where text may be. */
function badRequest(number: number) {
  const noise = randomText(number);
  const good = JSON.stringify({ ODSCode: 'FX009', Text: noise });
  const variants = [
    { payload: good.slice(0, 1 + (number % (good.length - 1))) },
    { payload: Buffer.concat([Buffer.from(good), Buffer.from([0xc3, number & 0x7f])]) },
    { payload: JSON.stringify([noise]) },
    { payload: String(number * 1.5) },
    { payload: good, headers: { 'sequence-number': `${number}.${number}` } },
    { payload: good, headers: { 'sequence-number': undefined } },
    { payload: good, headers: { 'sequence-number': '1'.repeat(39 + (number % 50)) } },
    { payload: good, headers: { 'x-api-key': `k${number}` } },
    { payload: good, headers: { 'content-type': `text/${number}` } },
    { payload: good, url: `/v1/change-event/${number}` },
    { payload: good, url: `/v1/change-event?sequence-number=${encodeURIComponent(noise)}x` },
    { payload: JSON.stringify({ ODSCode: `F ${noise}` }) },
    { payload: `{"ODSCode":"${'F'.repeat(129 + (number % 100))}"}` },
    { payload: '{'.repeat(1 + (number % 3_000)) },
  ];
  return variants[number % variants.length];
}

function randomText(seed: number): string {
  let state = (seed + 1) * 2_654_435_761;
  return Array.from({ length: 1 + (seed % 40) }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return String.fromCharCode(state % 0x2500);
  }).join('');
}
