import { Agent, type Dispatcher } from 'undici';
import { ForbiddenAddressError, guardedLookup, isForbiddenAddress } from './address-guard.ts';

/** One POST to a service. */
export interface OutgoingCallback {
  url: string;
  bearerToken: string;
  body: string;
}

export type CallbackOutcome =
  | { kind: 'done'; status: number }
  /** Network fault, timeout, 5xx or 429: later again. */
  | { kind: 'retry'; status?: number; reason: string }
  | { kind: 'dropped'; status?: number; reason: string };

export interface CallbackSender {
  send(callback: OutgoingCallback): Promise<CallbackOutcome>;
  [Symbol.asyncDispose](): Promise<void>;
}

const TIMEOUT_MS = 5_000;
const MOST_REDIRECTS = 3;

/**
 * Public sections 6.16 and 10: five seconds for all, at most three redirects of which only 307 and 308 stay a POST, and
 * the token never goes to another host. The status decides, whatever becomes of the body behind it.
 */
export function createCallbackSender(options: {
  allowsPrivateAddresses: boolean;
  timeoutMs?: number;
}): CallbackSender {
  const agent = new Agent({
    // No limit here: a call that waited for a connection would use up its five seconds and count as an attempt. How many
    // calls one receiver can hold at a time is limited by service, where the tasks are claimed (`tasks/definitions.ts`).
    keepAliveTimeout: 4_000,
    connect: {
      timeout: options.timeoutMs ?? TIMEOUT_MS,
      // undici hands the function to net.connect, whose type it does not repeat.
      ...(options.allowsPrivateAddresses ? {} : { lookup: guardedLookup as never }),
    },
  });
  return {
    send: async (callback) => {
      if (!isAddress(callback.url)) return { kind: 'dropped', reason: 'not an address' };
      const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
      try {
        const status = await follow(agent, callback, signal, options.allowsPrivateAddresses);
        return judge(status);
      } catch (error) {
        if (isForbidden(error)) return { kind: 'dropped', reason: 'forbidden address' };
        if (error instanceof Error && error.name !== 'TypeError')
          return { kind: 'retry', reason: codeOf(error) };
        throw error;
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

function isAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

async function follow(
  agent: Agent,
  callback: OutgoingCallback,
  signal: AbortSignal,
  allowsPrivate: boolean,
): Promise<number> {
  const first = new URL(callback.url);
  let url = first;
  let method: 'POST' | 'GET' = 'POST';
  for (let redirects = 0; ; redirects += 1) {
    if (!allowsPrivate && isForbiddenAddress(url.hostname.replace(/^\[|\]$/g, '')))
      throw new ForbiddenAddressError();
    const isOurs = url.host === first.host && url.protocol === first.protocol;
    const answer: Dispatcher.ResponseData = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: {
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...(isOurs ? { authorization: `Bearer ${callback.bearerToken}` } : {}),
      },
      body: method === 'POST' ? callback.body : null,
      signal,
    });
    await answer.body.dump({ limit: 65_536 });
    const location = firstOf(answer.headers.location);
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.statusCode);
    if (!isRedirect || location === undefined || redirects >= MOST_REDIRECTS) return answer.statusCode;
    if (!URL.canParse(location, url.href)) return answer.statusCode;
    url = new URL(location, url);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return answer.statusCode;
    if (answer.statusCode < 307) method = 'GET';
  }
}

function judge(status: number): CallbackOutcome {
  if (status < 400) return { kind: 'done', status };
  const reason = `status ${status}`;
  return status >= 500 || status === 429
    ? { kind: 'retry', status, reason }
    : { kind: 'dropped', status, reason };
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function isForbidden(error: unknown): boolean {
  return error instanceof ForbiddenAddressError || (error instanceof Error && isForbiddenCause(error.cause));
}

function isForbiddenCause(cause: unknown): boolean {
  return cause instanceof ForbiddenAddressError;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
