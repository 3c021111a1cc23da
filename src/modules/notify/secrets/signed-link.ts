// Tokens of links that were made before Fernet: the timed, URL-safe form of the itsdangerous library (internals section
// 7.4). Only read here, so that links in messages of the original still work.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { openToken } from './fernet.ts';

export interface LinkSecrets {
  /** SECRET_KEY and DANGEROUS_SALT of the original. */
  secretKey: string;
  salt: string;
}

const MOST_BYTES = 100_000;

/** The text of a token of a link, however it was made; undefined for one that is forged, changed or too old. */
export function openLinkToken(
  keys: { token: Uint8Array; signedLinks: LinkSecrets | undefined },
  token: string,
  limits: { now: Date; maxAgeSeconds: number },
): string | undefined {
  const text = openToken(keys.token, token, limits);
  if (text !== undefined || !keys.signedLinks) return text;
  const payload = openSignedLink(keys.signedLinks, token, limits);
  return typeof payload === 'string' ? payload : undefined;
}

/** The JSON value of a signed token; undefined for one that is not ours or too old. */
export function openSignedLink(
  { secretKey, salt }: LinkSecrets,
  token: string,
  limits: { now: Date; maxAgeSeconds: number },
): unknown {
  const match = /^(\.?[\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token);
  if (!match) return undefined;
  const [, payload = '', time = '', signature = ''] = match;
  const key = createHash('sha1').update(`${salt}signer${secretKey}`).digest();
  const wanted = createHmac('sha1', key).update(`${payload}.${time}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  const madeAt = Number(BigInt(`0x${Buffer.from(time, 'base64url').toString('hex') || '0'}`));
  if (limits.now.getTime() / 1_000 - madeAt > limits.maxAgeSeconds) return undefined;
  const isPacked = payload.startsWith('.');
  const bytes = Buffer.from(isPacked ? payload.slice(1) : payload, 'base64url');
  // Signed with our secret, so it is what was put in, but it may still be long.
  return JSON.parse(
    (isPacked ? inflateSync(bytes, { maxOutputLength: MOST_BYTES }) : bytes).toString('utf8'),
  );
}
