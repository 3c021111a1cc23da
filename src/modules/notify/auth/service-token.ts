// The JSON Web Tokens of services: public sections 7.1 and 7.2. Hand-written because each refusal has its own wording and
// place in the order, which is that of the original's library.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { AuthError } from '../errors.ts';
import type { ServiceApiKey } from '../services/service.ts';
import { readUuid } from './uuid-text.ts';

const ALLOWANCE_SECONDS = 30;
const GENERAL =
  'Invalid token: make sure your API token matches the example at https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header';
const CLOCK = 'Error: Your system clock must be accurate to within 30 seconds';
const UNKNOWN_KEY = 'Invalid token: API key not found';

export interface SignedToken {
  algorithm: unknown;
  claims: Record<string, unknown>;
  signedText: string;
  signature: Buffer;
}

export interface DecodedToken extends SignedToken {
  /** From `iss`, normalised. */
  serviceId: string;
}

/** The token of an `Authorization` header; throws refusals 1 to 5 of the table in section 7.2. */
export function readToken(header: string | undefined): DecodedToken {
  const token = decodeToken(header);
  const serviceId = readUuid(token.claims.iss);
  if (serviceId === undefined)
    throw new AuthError(403, 'Invalid token: service id is not the right data type');
  return { ...token, serviceId };
}

/** Whoever issued it: throws refusals 1 to 4, which the internal API shares (internals section 7.1). */
export function decodeToken(header: string | undefined): SignedToken {
  if (!header) throw new AuthError(401, 'Unauthorized: authentication token must be provided');
  if (header.slice(0, 7).toLowerCase() !== 'bearer ') {
    throw new AuthError(401, 'Unauthorized: authentication bearer scheme must be used');
  }
  const parts = header.slice(7).split('.');
  const [head, payload, signature] = parts;
  if (parts.length !== 3 || head === undefined || payload === undefined || signature === undefined) {
    throw new AuthError(403, GENERAL);
  }
  const fields = decodeObject(head);
  const claims = decodeObject(payload);
  if (!fields || !claims || 'crit' in fields || ('kid' in fields && typeof fields.kid !== 'string')) {
    throw new AuthError(403, GENERAL);
  }
  if (!('iss' in claims)) throw new AuthError(403, 'Invalid token: iss field not provided');
  return {
    algorithm: fields.alg,
    claims,
    signedText: `${head}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

type SigningKey = Pick<ServiceApiKey, 'secret' | 'expiresAt'> & { id?: string };

/** The key that signed the token; throws refusals 9 to 13. `now` is when the request arrived. */
export function findSigningKey<K extends SigningKey>(token: SignedToken, keys: readonly K[], now: Date): K {
  const key = findSigner(token, keys);
  checkValidity(token, key, now);
  return key;
}

/** The key whose signature the token has, valid or not; throws refusals 9 and 13. */
export function findSigner<K extends SigningKey>(token: SignedToken, keys: readonly K[]): K {
  const serviceId = readUuid(token.claims.iss);
  if (token.algorithm !== 'HS256') {
    throw new AuthError(403, 'Invalid token: algorithm used is not HS256', { serviceId });
  }
  for (const key of keys) {
    const expected = createHmac('sha256', key.secret).update(token.signedText).digest();
    if (expected.length !== token.signature.length || !timingSafeEqual(expected, token.signature)) continue;
    const { claims } = token;
    if (!('iat' in claims) || ('exp' in claims && wholeNumber(claims.exp) === undefined)) continue;
    return key;
  }
  throw new AuthError(403, UNKNOWN_KEY, { serviceId });
}

/** Whether token and key are good at `now`; throws refusals 10 to 12. */
export function checkValidity(token: SignedToken, key: SigningKey, now: Date): void {
  const facts = { serviceId: readUuid(token.claims.iss), apiKeyId: key.id };
  checkClaims(token.claims, Math.floor(now.getTime() / 1_000), facts);
  if (key.expiresAt !== null && key.expiresAt <= now) {
    throw new AuthError(403, 'Invalid token: API key revoked', facts);
  }
}

function checkClaims(claims: Record<string, unknown>, now: number, facts: Record<string, unknown>): void {
  const clockError = () =>
    new AuthError(403, CLOCK, { ...facts, issuedAt: wholeNumber(claims.iat), serverTime: now });
  const issuedAt = wholeNumber(claims.iat);
  if (issuedAt === undefined || Math.abs(now - issuedAt) > ALLOWANCE_SECONDS) throw clockError();
  const notBefore = 'nbf' in claims ? wholeNumber(claims.nbf) : 0;
  if (notBefore === undefined || notBefore > now + ALLOWANCE_SECONDS) throw clockError();
  const expiry = 'exp' in claims ? wholeNumber(claims.exp) : undefined;
  const isText = (name: string) => !(name in claims) || typeof claims[name] === 'string';
  if (
    (expiry !== undefined && expiry <= now - ALLOWANCE_SECONDS) ||
    ('aud' in claims && claims.aud !== null) ||
    !isText('sub') ||
    !isText('jti')
  ) {
    throw new AuthError(403, GENERAL, facts);
  }
}

/** What Python's `int()` makes of a number or of text; undefined where it raises. */
function wholeNumber(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return Math.trunc(value);
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)) return Number(value);
  return undefined;
}

function decodeObject(segment: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    // Checked just above.
    return value as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
