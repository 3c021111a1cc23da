import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type BearerVerifier, createBearerVerifier, InvalidTokenError } from './index.ts';

const now = new Date('2026-03-01T12:00:00Z');
const clock = { now: () => now };
let server: Server;
let status = 200;
let verifier: BearerVerifier;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;

before(async () => {
  keys = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  verifier = createBearerVerifier({ jwksUrl: jwksUrl(), clock });
});
after(() => server.close());

function jwksUrl(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`;
}

function sign(
  claims: JWTPayload,
  options: { expires?: Date; key?: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'] } = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .setExpirationTime(options.expires ?? new Date(now.getTime() + 60_000))
    .sign(options.key ?? keys.privateKey);
}

test('a signed token gives its holder, roles and scopes', async () => {
  const token = await sign({
    sub: 'migration-client',
    client_id: 'migration-client',
    authorities: ['ROLE_MIGRATE_VISITS', 'ROLE_MIGRATE_VISITS'],
    roles: ['ROLE_QUEUE_ADMIN'],
    scope: 'read write',
  });
  assert.deepEqual(await verifier.verify(token), {
    subject: 'migration-client',
    clientId: 'migration-client',
    roles: ['ROLE_MIGRATE_VISITS', 'ROLE_QUEUE_ADMIN'],
    scopes: ['read', 'write'],
  });
});

test('expired, forged, unsigned and broken tokens are refused', async () => {
  const stranger = await generateKeyPair('RS256');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"x"}').toString('base64url')}.`;
  const shared = await new SignJWT({ sub: 'x' })
    .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
    .setExpirationTime(new Date(now.getTime() + 60_000))
    .sign(new TextEncoder().encode('a secret that is long enough for HS256'));
  for (const token of [
    await sign({ sub: 'x' }, { expires: new Date(now.getTime() - 60_000) }),
    await sign({ sub: 'x' }, { key: stranger.privateKey }),
    unsigned,
    shared,
    'not-a-token',
    '',
  ]) {
    await assert.rejects(verifier.verify(token), InvalidTokenError);
  }
});

test('a key set that cannot be read is our failure, not the token’s', async () => {
  status = 503;
  const fresh = createBearerVerifier({ jwksUrl: jwksUrl(), clock });
  const token = await sign({ sub: 'x' });
  await assert.rejects(fresh.verify(token), (error) => !(error instanceof InvalidTokenError));
  status = 200;
});
