// AWS Signature Version 4 as the original's API clients sign (spec section 7.2).
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedRequest {
  method: string;
  /** The request target exactly as received: path with stage and query. */
  target: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export interface SignatureParts {
  accessKey: string;
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
}

/** What the Authorization header says; undefined when it is no such header or cannot be read. */
export function parseSignature(authorization: string): SignatureParts | undefined {
  const [scheme, rest] = splitOnce(authorization, ' ');
  if (scheme !== 'AWS4-HMAC-SHA256') return undefined;
  const fields = new Map(
    rest.split(',').map((part) => {
      const [name, value] = splitOnce(part.trim(), '=');
      return [name, value] as const;
    }),
  );
  const scope = (fields.get('Credential') ?? '').split('/');
  if (scope.length < 5) return undefined;
  const [date = '', region = '', service = '', end = ''] = scope.slice(-4);
  const signedHeaders = (fields.get('SignedHeaders') ?? '').toLowerCase().split(';').filter(Boolean);
  const signature = fields.get('Signature') ?? '';
  if (end !== 'aws4_request') return undefined;
  return { accessKey: scope.slice(0, -4).join('/'), date, region, service, signedHeaders, signature };
}

export type SignatureOutcome = 'valid' | 'mismatch' | 'expired';

const WINDOW_MS = 5 * 60_000;

/** Recomputes the signature with the client's secret. */
export function verifySignature(
  request: SignedRequest,
  parts: SignatureParts,
  secret: string,
  now: Date,
): SignatureOutcome {
  const time = headerOf(request, 'x-amz-date');
  const signedAt = parseAmzDate(time);
  if (signedAt === undefined) return 'mismatch';
  if (Math.abs(now.getTime() - signedAt) > WINDOW_MS) return 'expired';
  if (parts.service !== 'execute-api' || !time.startsWith(parts.date)) return 'mismatch';
  for (const needed of ['host', 'x-amz-date']) {
    if (!parts.signedHeaders.includes(needed)) return 'mismatch';
  }
  const bodyHash = createHash('sha256').update(request.body).digest('hex');
  const statedHash = headerOf(request, 'x-amz-content-sha256');
  if (statedHash !== '' && statedHash !== bodyHash) return 'mismatch';
  const canonical = canonicalRequest(request, parts.signedHeaders, statedHash || bodyHash);
  const scope = `${parts.date}/${parts.region}/${parts.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join(
    '\n',
  );
  const key = [parts.date, parts.region, parts.service, 'aws4_request'].reduce<string | Buffer>(
    (previous, part) => createHmac('sha256', previous).update(part).digest(),
    `AWS4${secret}`,
  );
  const expected = createHmac('sha256', key).update(toSign).digest();
  const given = Buffer.from(/^[0-9a-f]{64}$/.test(parts.signature) ? parts.signature : '00', 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected) ? 'valid' : 'mismatch';
}

function canonicalRequest(request: SignedRequest, signedHeaders: string[], bodyHash: string): string {
  const [path, query] = splitOnce(request.target, '?');
  return [
    request.method,
    // Each segment once more, although it is encoded already.
    path.split('/').map(encodeRfc3986).join('/'),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${headerOf(request, name).trim().replaceAll(/\s+/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    bodyHash,
  ].join('\n');
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .map((pair) => splitOnce(pair, '=').map((part) => encodeRfc3986(decodeQuery(part))))
    .map(([name = '', value = '']) => `${name}=${value}`)
    .sort()
    .join('&');
}

function decodeQuery(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encodeRfc3986(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function headerOf(request: SignedRequest, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

function parseAmzDate(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
