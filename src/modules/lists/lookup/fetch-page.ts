// Fetches a page that a stranger named, without being led anywhere but the public web: spec section 6.7, "fetch
// safety". Each hop is resolved once, every address it has is judged, and the connection goes to an address that was
// judged, so a name that changes its answer meanwhile (DNS rebinding) gains nothing.
import { lookup as resolveName } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { isPublicAddress } from './addresses.ts';

export const FETCH_FAULTS = [
  'not_an_address',
  'scheme',
  'port',
  'private_address',
  'unknown_host',
  'unreachable',
  'timeout',
  'too_many_redirects',
  'refused_by_shop',
  'missing_page',
  'shop_error',
  'not_a_page',
  'not_a_picture',
  'too_large',
] as const;
export type FetchFault = (typeof FETCH_FAULTS)[number];

export class FetchPageError extends Error {
  readonly fault: FetchFault;
  constructor(fault: FetchFault, options?: ErrorOptions) {
    super(`The page could not be read: ${fault}`, options);
    this.name = 'FetchPageError';
    this.fault = fault;
  }
}

export interface PageSource {
  /** Where the last redirect led. */
  url: string;
  html: string;
}

export interface FetchPageOptions {
  /** Origin with path prefix, such as `http://127.0.0.1:8100/shops/`, that may be private. */
  allowedPrefixes: string[];
  userAgent: string;
  /** What is asked for; a page unless said. */
  accept?: string;
  budgetMs?: number;
  /** Resolves a name; tests give one that lies. */
  resolve?: (host: string) => Promise<string[]>;
}

const BUDGET_MS = 2_500;
const MAX_BYTES = 2 * 1024 * 1024;
const MOST_REDIRECTS = 5;

export async function fetchPage(address: string, options: FetchPageOptions): Promise<PageSource> {
  const signal = AbortSignal.timeout(options.budgetMs ?? BUDGET_MS);
  const { url, answer } = await follow(address, options, signal);
  try {
    return { url, html: await readPage(answer, signal) };
  } finally {
    answer.destroy();
  }
}

/** Whether there is a picture at this address; throws a FetchPageError when there is none, or nobody answers. */
export async function checkPicture(address: string, options: FetchPageOptions): Promise<void> {
  const signal = AbortSignal.timeout(options.budgetMs ?? BUDGET_MS);
  const { answer } = await follow(address, { ...options, accept: 'image/*' }, signal);
  try {
    checkStatus(answer);
    if (!/^\s*image\//i.test(answer.headers['content-type'] ?? '')) throw new FetchPageError('not_a_picture');
  } finally {
    answer.destroy();
  }
}

/** Goes where an address leads, over redirects, each judged like the first; the caller ends the answer. */
async function follow(
  address: string,
  options: FetchPageOptions,
  signal: AbortSignal,
): Promise<{ url: string; answer: IncomingMessage }> {
  let url = address;
  for (let redirects = 0; ; redirects += 1) {
    if (redirects > MOST_REDIRECTS) throw new FetchPageError('too_many_redirects');
    const target = await judge(url, options, signal);
    const answer = await connect(target, options, signal);
    const location = redirectOf(answer);
    if (location === undefined) return { url, answer };
    answer.destroy();
    if (!URL.canParse(location, url)) throw new FetchPageError('not_an_address');
    url = new URL(location, url).href;
  }
}

interface Target {
  url: URL;
  /** The address that was judged, and the only one connected to. */
  address: string;
}

async function judge(text: string, options: FetchPageOptions, signal: AbortSignal): Promise<Target> {
  if (!URL.canParse(text)) throw new FetchPageError('not_an_address');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new FetchPageError('scheme');
  if (url.username !== '' || url.password !== '') throw new FetchPageError('not_an_address');
  const isAllowed = options.allowedPrefixes.some((prefix) => url.href.startsWith(prefix));
  // URL drops the port that belongs to the scheme.
  if (!isAllowed && url.port !== '' && url.port !== '80' && url.port !== '443')
    throw new FetchPageError('port');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) ? [host] : await resolveAll(host, options, signal);
  const [address] = addresses;
  if (address === undefined) throw new FetchPageError('unknown_host');
  // One private address among several is enough to refuse: which of them answers is not ours to choose.
  if (!isAllowed && !addresses.every(isPublicAddress)) throw new FetchPageError('private_address');
  return { url, address };
}

async function resolveAll(host: string, options: FetchPageOptions, signal: AbortSignal): Promise<string[]> {
  const resolve =
    options.resolve ??
    (async (name: string) => (await resolveName(name, { all: true })).map(({ address }) => address));
  try {
    return await orTimeout(resolve(host), signal);
  } catch (error) {
    if (error instanceof FetchPageError) throw error;
    throw new FetchPageError('unknown_host', { cause: error });
  }
}

function connect(target: Target, options: FetchPageOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const { url, address } = target;
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const family = isIP(address);
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: 'GET',
      agent: false,
      signal,
      headers: {
        accept: options.accept ?? 'text/html,application/xhtml+xml',
        'accept-encoding': 'gzip, deflate, br',
        'accept-language': 'en-GB,en;q=0.8',
        'user-agent': options.userAgent,
      },
      // Whatever the name says now, the address judged is the one used; the certificate is still that of the name.
      lookup: (_host, lookupOptions, done) =>
        lookupOptions.all ? done(null, [{ address, family }]) : done(null, address, family),
    });
    request.once('response', resolve);
    request.once('error', (error) => reject(faultOf(error, signal)));
    request.end();
  });
}

function redirectOf(answer: IncomingMessage): string | undefined {
  const status = answer.statusCode ?? 0;
  return [301, 302, 303, 307, 308].includes(status) ? answer.headers.location : undefined;
}

function checkStatus(answer: IncomingMessage): void {
  const status = answer.statusCode ?? 0;
  if (status === 404 || status === 410) throw new FetchPageError('missing_page');
  if (status === 401 || status === 403 || status === 429) throw new FetchPageError('refused_by_shop');
  if (status >= 500) throw new FetchPageError('shop_error');
  if (status < 200 || status >= 300) throw new FetchPageError('not_a_page');
}

async function readPage(answer: IncomingMessage, signal: AbortSignal): Promise<string> {
  checkStatus(answer);
  const type = answer.headers['content-type'] ?? '';
  if (!/^\s*(text\/html|application\/xhtml\+xml)/i.test(type)) throw new FetchPageError('not_a_page');
  const bytes = await readBytes(answer, signal);
  const [, charset = 'utf-8'] = /charset\s*=\s*"?([\w-]+)/i.exec(type) ?? [];
  return decoderFor(charset).decode(bytes);
}

async function readBytes(answer: IncomingMessage, signal: AbortSignal): Promise<Buffer> {
  const body = decompressed(answer);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Counted after decompression: a small archive of a huge page is a huge page.
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new FetchPageError('too_large');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof FetchPageError) throw error;
    throw faultOf(error, signal);
  }
  return Buffer.concat(chunks);
}

function decompressed(answer: IncomingMessage): AsyncIterable<Buffer> {
  const encoding = (answer.headers['content-encoding'] ?? '').trim().toLowerCase();
  const decoder =
    encoding === 'gzip'
      ? createGunzip()
      : encoding === 'br'
        ? createBrotliDecompress()
        : encoding === 'deflate'
          ? createInflate()
          : undefined;
  if (!decoder) return answer;
  answer.once('error', (error) => decoder.destroy(error));
  return answer.pipe(decoder);
}

/** A label that nobody knows is read as UTF-8, as browsers would after giving up on it. */
function decoderFor(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}

function faultOf(error: unknown, signal: AbortSignal): FetchPageError {
  return new FetchPageError(signal.aborted ? 'timeout' : 'unreachable', { cause: error });
}

function orTimeout<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new FetchPageError('timeout'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
