import { createSign, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { Reply } from '../frame/replies.ts';
import type { SimulatorRequest } from '../frame/simulator-request.ts';
import { apiError } from '../hmpps/api-errors.ts';
import type { AuthClient } from './clients.ts';

const DEFAULT_TOKEN_SECONDS = 3599;
const KEY_ID = 'simulated-auth-key';
const MANY_TOKENS = 1000;

export interface IssuedToken {
  readonly access_token: string;
  readonly expires_in: number;
  readonly jti: string;
}

/** Signs tokens with a key of its own, made at the first need, and knows again those it signed. */
export interface TokenIssuer {
  issue(client: AuthClient, issuer: string, userName?: string): Promise<IssuedToken>;
  /** The key set that verifies them. */
  jwks(): Promise<unknown>;
  /** The refusal that the real services give: 401 without a valid token, 403 without one of the roles. */
  refuse(request: SimulatorRequest, roles: readonly string[]): Reply | undefined;
}

interface Holder {
  readonly roles: ReadonlySet<string>;
  readonly expires: number;
}

export function createTokenIssuer(now: () => Date): TokenIssuer {
  const holders = new Map<string, Holder>();
  let keys: Promise<KeyPair> | undefined;
  const keyPair = (): Promise<KeyPair> => {
    keys ??= generateKeys('rsa', { modulusLength: 2048 });
    return keys;
  };
  return {
    async issue(client, issuer, userName) {
      const { privateKey } = await keyPair();
      const seconds = client.token_seconds ?? DEFAULT_TOKEN_SECONDS;
      const issued = Math.floor(now().getTime() / 1000);
      const claims = tokenClaims(client, issuer, userName, issued, issued + seconds);
      const token = sign(claims, privateKey);
      if (holders.size >= MANY_TOKENS) forgetExpired(holders, issued * 1000);
      holders.set(token, { roles: new Set(client.roles), expires: (issued + seconds) * 1000 });
      return { access_token: token, expires_in: seconds, jti: claims.jti };
    },
    async jwks() {
      const { publicKey } = await keyPair();
      return { keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: KEY_ID }] };
    },
    refuse(request, roles) {
      const header = request.headers.authorization ?? '';
      const holder = /^bearer /i.test(header) ? holders.get(header.slice(7).trim()) : undefined;
      if (!holder || holder.expires <= now().getTime()) return unauthorised();
      return roles.some((role) => holder.roles.has(role))
        ? undefined
        : apiError(403, 'Forbidden: Access Denied');
    },
  };
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const generateKeys = promisify(generateKeyPair);

function unauthorised(): Reply {
  return { status: 401, headers: { 'www-authenticate': 'Bearer' }, body: '' };
}

function tokenClaims(
  client: AuthClient,
  issuer: string,
  userName: string | undefined,
  issued: number,
  expires: number,
) {
  return {
    sub: userName ?? client.client_id,
    ...(userName === undefined ? {} : { user_name: userName }),
    grant_type: 'client_credentials',
    scope: ['read', 'write'],
    auth_source: 'none',
    iss: issuer,
    iat: issued,
    exp: expires,
    authorities: client.roles,
    jti: randomUUID(),
    client_id: client.client_id,
  };
}

function sign(claims: object, key: KeyObject): string {
  const head = encode({ alg: 'RS256', typ: 'JWT', kid: KEY_ID });
  const unsigned = `${head}.${encode(claims)}`;
  return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(key, 'base64url')}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function forgetExpired(holders: Map<string, Holder>, nowMs: number): void {
  for (const [token, holder] of holders) if (holder.expires <= nowMs) holders.delete(token);
}
