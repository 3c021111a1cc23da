import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { fetchToken, startTestSimulators, type TestSimulators } from '../testing/simulators.ts';

describe('auth simulator', () => {
  let simulators: TestSimulators;
  const clock = { ms: Date.parse('2031-05-04T08:00:00Z') };
  before(async () => {
    simulators = await startTestSimulators({ visits: 10, now: () => new Date(clock.ms) });
  });
  after(() => simulators[Symbol.asyncDispose]());
  beforeEach(() => fetch(`${simulators.url}/auth/data`, { method: 'DELETE' }));

  const askToken = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${simulators.url}/auth/oauth/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form),
    });

  it('gives a token that its key set verifies, with the roles of the client', async () => {
    const answer = await askToken({
      grant_type: 'client_credentials',
      client_id: 'migration-operator',
      client_secret: 'clientsecret',
    });
    const body = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual([answer.status, body.token_type, body.expires_in], [200, 'bearer', 3599]);
    const keys = (await simulators.call('/auth/.well-known/jwks.json')).body as JSONWebKeySet;
    const { payload, protectedHeader } = await jwtVerify(String(body.access_token), createLocalJWKSet(keys), {
      currentDate: new Date(clock.ms),
    });
    assert.equal(protectedHeader.alg, 'RS256');
    assert.equal(payload.client_id, 'migration-operator');
    assert.equal(Number(payload.exp) - Number(payload.iat), 3599);
    assert.ok((payload.authorities as string[]).includes('ROLE_SYSCON__QUEUE_ADMIN'));
  });

  it('refuses bad credentials and other grants', async () => {
    const wrong = await askToken({
      grant_type: 'client_credentials',
      client_id: 'migration-operator',
      client_secret: 'x',
    });
    assert.equal(wrong.status, 401);
    const basic = `Basic ${Buffer.from('migration-operator:clientsecret').toString('base64')}`;
    const grant = await askToken({ grant_type: 'password' }, { authorization: basic });
    assert.equal(grant.status, 400);
  });

  it('takes clients that are put there, changes them, and keeps the others', async () => {
    const client = { client_id: 'mine', client_secret: 's1', roles: ['MIGRATE_VISITS'], token_seconds: 60 };
    assert.equal((await simulators.call('/auth/clients', { method: 'PUT', body: [client] })).status, 200);
    const list = (await simulators.call('/auth/clients')).body as { client_id: string; roles: string[] }[];
    assert.deepEqual(list.find((one) => one.client_id === 'mine')?.roles, ['ROLE_MIGRATE_VISITS']);
    assert.ok(list.some((one) => one.client_id === 'prisoner-from-nomis'));
    assert.ok((await fetchToken(simulators.url, 'mine', 's1')).length > 100);
    const refused = await simulators.call('/auth/clients', { method: 'PUT', body: [{ client_id: 'x' }] });
    assert.equal(refused.status, 400);
  });

  it('lets upstreams refuse what is missing, forged, expired or not allowed', async () => {
    const status = async (token: string | undefined) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return (await fetch(`${simulators.url}/nomis/visits/700001`, { headers })).status;
    };
    assert.equal(await status(undefined), 401);
    assert.equal(await status(`${simulators.token}x`), 401);
    assert.equal(await status(await fetchToken(simulators.url, 'no-roles', 'clientsecret')), 403);
    const token = await fetchToken(simulators.url, 'prisoner-from-nomis', 'clientsecret');
    assert.equal(await status(token), 200);
    clock.ms += 3599 * 1000;
    assert.equal(await status(token), 401);
    clock.ms -= 3599 * 1000;
    assert.equal((await fetch(`${simulators.url}/nomis/health/ping`)).status, 200);
  });
});
