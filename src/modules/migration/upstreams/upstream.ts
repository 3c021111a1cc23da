import type { OutgoingAnswer, OutgoingCalls } from '#platform/http';
import type { Limiter } from './limiter.ts';
import type { TokenSource } from './tokens.ts';
import { UpstreamError } from './upstream-error.ts';

export interface UpstreamRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path with its values filled in, encoded by `path` where they come from outside. */
  path: string;
  /** The path with names for values, for messages and metrics. */
  template: string;
  query?: Record<string, string | number | boolean | string[] | undefined>;
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
  /** Answers besides 2xx that the caller deals with; any other throws UpstreamError. */
  accept?: number[];
  correlationId?: string | null;
  /** Less than the upstream's own limit, for a caller who will look afterwards. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface UpstreamAnswer {
  status: number;
  text: string;
}

/** One system that is called: its base URL, its token, its limits. */
export interface Upstream {
  readonly name: string;
  readonly baseUrl: string;
  readonly healthKey: string;
  readonly timeoutMs: number;
  /** Throws UpstreamError, or OutgoingCallError when no answer came. */
  request(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** The JSON of a 2xx answer; undefined for 404. */
  read<T>(request: Omit<UpstreamRequest, 'method' | 'accept'>): Promise<T | undefined>;
  /**
   * Waits until a request could go out at once, token included, and gives the work an upstream whose requests do.
   * What is written down before such a request is true: it is not followed by a wait of unknown length.
   */
  inSlot<T>(work: (upstream: Upstream) => Promise<T>): Promise<T>;
}

export function createUpstream(options: {
  name: string;
  baseUrl: string;
  healthKey: string;
  timeoutMs: number;
  outgoing: OutgoingCalls;
  tokens: TokenSource;
  limiter: Limiter;
}): Upstream {
  const { limiter, tokens } = options;
  return upstreamOf(
    options,
    (work) => limiter.run(work),
    (work) =>
      limiter.run(async () => {
        await tokens.get();
        return work();
      }),
  );
}

type Turn = <T>(work: () => Promise<T>) => Promise<T>;

/** `turn` is waited for by each request, `slot` by work that then has its turn already. */
function upstreamOf(options: Parameters<typeof createUpstream>[0], turn: Turn, slot: Turn): Upstream {
  const { name, baseUrl, healthKey, timeoutMs, outgoing, tokens } = options;

  async function call(request: UpstreamRequest, token: string): Promise<OutgoingAnswer> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    return outgoing.call({
      target: name,
      method: request.method,
      url: `${baseUrl}${request.path}${queryText(request.query)}`,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
        ...request.headers,
      },
      timeoutMs: request.timeoutMs ?? timeoutMs,
      ...(body === undefined ? {} : { body }),
      ...(request.correlationId ? { correlationId: request.correlationId } : {}),
      ...(request.signal ? { signal: request.signal } : {}),
    });
  }

  async function request(asked: UpstreamRequest): Promise<UpstreamAnswer> {
    const answer = await turn(async () => {
      const token = await tokens.get();
      const first = await call(asked, token);
      if (first.status !== 401) return first;
      // The token may have been revoked or its key changed: once more with a new one (spec section 7.3).
      tokens.drop(token);
      return call(asked, await tokens.get());
    });
    const text = answer.body.toString();
    const isGood = answer.status >= 200 && answer.status < 300;
    if (!isGood && !asked.accept?.includes(answer.status)) {
      throw new UpstreamError(name, answer.status, {
        method: asked.method,
        template: asked.template,
        body: text,
      });
    }
    return { status: answer.status, text };
  }

  return {
    name,
    baseUrl,
    healthKey,
    timeoutMs,
    request,
    async read<T>(asked: Omit<UpstreamRequest, 'method' | 'accept'>) {
      const answer = await request({ ...asked, method: 'GET', accept: [404] });
      return answer.status === 404 ? undefined : (JSON.parse(answer.text) as T);
    },
    inSlot: (work) => slot(() => work(upstreamOf(options, atOnce, atOnce))),
  };
}

const atOnce: Turn = (work) => work();

function queryText(query: UpstreamRequest['query']): string {
  if (query === undefined) return '';
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const item of value) pairs.append(name, item);
    else if (value !== undefined) pairs.append(name, String(value));
  }
  const text = pairs.toString();
  return text === '' ? '' : `?${text}`;
}
