import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fastify } from 'fastify';
import { createLogger, createMetrics } from '#platform/telemetry';
import { AuthError } from '../errors.ts';
import { createNotifyMetrics } from '../events.ts';
import type { Service } from '../services/service.ts';
import { signToken } from '../testing/notify-app.ts';
import { authenticate, callerOf } from './caller.ts';
import { findSigningKey, readToken } from './service-token.ts';

const SERVICE = '0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
const SECRET = '7c1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
const NOW = new Date('2026-08-01T12:00:00.400Z');
const SECONDS = Math.floor(NOW.getTime() / 1_000);
const GENERAL =
  'Invalid token: make sure your API token matches the example at https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header';

interface Vector {
  name: string;
  header: Record<string, unknown> | null;
  claims: Record<string, unknown> | 'array' | null;
  signed_with: string;
  error: string | null;
}
const { cases } = JSON.parse(
  readFileSync(new URL('../testing/vectors/jwt.json', import.meta.url), 'utf8'),
) as { cases: Vector[] };

const liveKey = { secret: Buffer.from(SECRET), expiresAt: null };

function outcome(
  authorization: string | undefined,
  keys = [liveKey] as { secret: typeof liveKey.secret; expiresAt: Date | null }[],
) {
  try {
    findSigningKey(readToken(authorization), keys, NOW);
    return null;
  } catch (error) {
    assert.ok(error instanceof AuthError);
    return `${error.status} ${error.message}`;
  }
}

describe('tokens of services', () => {
  for (const vector of cases) {
    it(`conformance: ${vector.name}`, () => {
      const expected = vector.error === null ? null : `403 ${vector.error}`;
      assert.equal(outcome(`Bearer ${tokenOf(vector)}`), expected);
    });
  }

  it('wants a header with the bearer scheme', () => {
    const missing = '401 Unauthorized: authentication token must be provided';
    const scheme = '401 Unauthorized: authentication bearer scheme must be used';
    assert.equal(outcome(undefined), missing);
    assert.equal(outcome(''), missing);
    for (const header of ['Basic abc', 'Bearer', 'Bearer\tabc', 'x']) assert.equal(outcome(header), scheme);
    const good = signToken({ iss: SERVICE, iat: SECONDS }, SECRET);
    for (const header of [`bearer ${good}`, `BEARER ${good}`]) assert.equal(outcome(header), null);
  });

  it('judges a token it has seen before anew, by the time and by the keys of now', async () => {
    let now = NOW;
    let service = {
      id: SERVICE,
      isActive: true,
      apiKeys: [{ ...liveKey, id: 'first', name: 'First', type: 'normal' }],
    } as unknown as Service;
    const app = fastify();
    app.setErrorHandler((error: AuthError, _request, reply) => reply.code(error.status).send(error.message));
    const hook = authenticate({
      services: { get: async () => service, clear: () => undefined },
      clock: { now: () => now },
      log: createLogger({ level: 'silent', name: 'test' }),
      metrics: createNotifyMetrics(createMetrics()),
    });
    app.get('/', { onRequest: hook }, async (request) => callerOf(request).apiKey.id);
    const headers = { authorization: `Bearer ${signToken({ iss: SERVICE, iat: SECONDS }, SECRET)}` };
    const answer = async () => {
      const { statusCode, body } = await app.inject({ url: '/', headers });
      return `${statusCode} ${body}`;
    };
    const withKeys = (...keys: object[]) => ({ ...service, apiKeys: keys }) as unknown as Service;
    assert.deepEqual([await answer(), await answer()], ['200 first', '200 first']);
    now = new Date(NOW.getTime() + 31_000);
    assert.match(await answer(), /^403 Error: Your system clock/);
    now = NOW;
    service = withKeys({ ...liveKey, id: 'second' });
    assert.equal(await answer(), '200 second');
    service = withKeys({ ...liveKey, id: 'second', expiresAt: NOW });
    assert.equal(await answer(), '403 Invalid token: API key revoked');
    service = withKeys({ secret: Buffer.from('another'), expiresAt: null, id: 'third' });
    assert.equal(await answer(), '403 Invalid token: API key not found');
    service = { ...service, isActive: false };
    assert.equal(await answer(), '403 Invalid token: service is archived');
    await app.close();
  });

  it('accepts the boundary second and no more', () => {
    for (const [offset, expected] of [
      [30, null],
      [-30, null],
      [31, '403 Error: Your system clock must be accurate to within 30 seconds'],
      [-31, '403 Error: Your system clock must be accurate to within 30 seconds'],
    ] as const) {
      assert.equal(outcome(`Bearer ${signToken({ iss: SERVICE, iat: SECONDS + offset }, SECRET)}`), expected);
    }
  });

  it('says of a revoked key that it is revoked, but of a stale token on it that the clock is wrong', () => {
    const revoked = { ...liveKey, expiresAt: new Date(NOW.getTime() - 1_000) };
    const fresh = signToken({ iss: SERVICE, iat: SECONDS }, SECRET);
    const stale = signToken({ iss: SERVICE, iat: SECONDS - 100 }, SECRET);
    assert.equal(outcome(`Bearer ${fresh}`, [revoked]), '403 Invalid token: API key revoked');
    assert.match(String(outcome(`Bearer ${stale}`, [revoked])), /clock/);
  });

  it('tries each key and refuses header fields it does not know how to honour', () => {
    const other = { ...liveKey, secret: Buffer.from('another') };
    const good = signToken({ iss: SERVICE, iat: SECONDS }, SECRET);
    assert.equal(outcome(`Bearer ${good}`, [other, liveKey]), null);
    for (const header of [{ crit: ['x'] }, { kid: 5 }]) {
      const token = signToken({ iss: SERVICE, iat: SECONDS }, SECRET, { alg: 'HS256', ...header });
      assert.equal(outcome(`Bearer ${token}`), `403 ${GENERAL}`);
    }
  });
});

/** The token a vector describes: what it leaves out is that of a good one. */
function tokenOf({ header, claims, signed_with: signedWith }: Vector): string {
  if (signedWith.startsWith('literal:')) return signedWith.slice('literal:'.length);
  const fields: Record<string, unknown> = { typ: 'JWT', alg: 'HS256', ...header };
  for (const name of Object.keys(fields)) if (fields[name] === null) delete fields[name];
  const payload = claims === 'array' ? [SERVICE] : claimsOf(claims ?? {});
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode(fields)}.${encode(payload)}`;
  if (signedWith === 'unsigned') return `${signed}.`;
  if (signedWith === 'junk') return `${signed}.AAAA`;
  const secret = signedWith === 'key' ? SECRET : 'some-other-secret';
  const algorithm = fields.alg === 'HS512' ? 'sha512' : 'sha256';
  return `${signed}.${createHmac(algorithm, secret).update(signed).digest('base64url')}`;
}

function claimsOf(changes: Record<string, unknown>): Record<string, unknown> {
  const claims: Record<string, unknown> = { iss: SERVICE, iat: SECONDS };
  for (const [name, value] of Object.entries(changes)) {
    if (name === 'omit') for (const one of value as string[]) delete claims[one];
    else if (name.endsWith('_offset')) claims[name.replace('_offset', '')] = SECONDS + Number(value);
    else if (name === 'iss_format')
      claims.iss = value === 'upper' ? SERVICE.toUpperCase() : SERVICE.replaceAll('-', '');
    else if (name === 'iat_format') claims.iat = iatAs(String(value));
    else claims[name] = value;
  }
  return claims;
}

function iatAs(format: string): unknown {
  if (format === 'string') return String(SECONDS);
  return format === 'float' ? SECONDS + 0.5 : SECONDS * 1_000;
}
