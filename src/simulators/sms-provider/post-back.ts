import { Agent, request } from 'undici';
import type { Logger } from '#platform/telemetry';

/** A call from a simulated system back to the product. */
export interface PostBack {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ATTEMPTS = 5;
const TIMEOUT_MS = 10_000;

/**
 * Makes calls back to the product after a delay and tries those again that were not taken, as the real systems do. What
 * waits is given up when the simulators stop.
 */
export class PostBacks {
  readonly #agent = new Agent({ connections: 16, pipelining: 1 });
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #log: Logger;
  readonly #retryMs: number;
  #taken = 0;
  #refused = 0;
  #stopped = false;

  constructor(options: { log: Logger; retryMs?: number }) {
    this.#log = options.log;
    this.#retryMs = options.retryMs ?? 2_000;
  }

  get waiting(): number {
    return this.#timers.size;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Given up after five attempts, or refused with a 4XX. */
  get refused(): number {
    return this.#refused;
  }

  /** Sends once `delayMs` have passed; `done` hears the last status, or undefined when there was never an answer. */
  later(delayMs: number, call: PostBack, done: (status: number | undefined) => void = () => {}): void {
    this.#after(delayMs, async () => {
      const status = await this.#attempt(call, 1);
      done(status);
    });
  }

  /** Sends now, once. Undefined when there was no answer. */
  async now(call: PostBack): Promise<{ status: number; body: string } | undefined> {
    const { url, headers } = withoutCredentials(call);
    try {
      const answer = await request(url, {
        method: 'POST',
        headers,
        body: call.body,
        dispatcher: this.#agent,
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      return { status: answer.statusCode, body: await answer.body.text() };
    } catch (error) {
      this.#log.debug({ err: error }, 'No answer to a call back');
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await this.#agent.destroy();
  }

  async #attempt(call: PostBack, attempt: number): Promise<number | undefined> {
    const answer = await this.now(call);
    if (answer !== undefined && answer.status < 400) {
      this.#taken += 1;
      return answer.status;
    }
    const isFinal = answer !== undefined && answer.status < 500 && answer.status !== 429;
    if (!isFinal && attempt < ATTEMPTS && !this.#stopped) {
      return new Promise((resolve) => {
        this.#after(this.#retryMs, async () => resolve(await this.#attempt(call, attempt + 1)));
      });
    }
    this.#refused += 1;
    return answer?.status;
  }

  #after(delayMs: number, work: () => Promise<void>): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work().catch((error: unknown) => this.#log.error({ err: error }, 'A call back failed'));
    }, delayMs);
    this.#timers.add(timer);
  }
}

/** User and password of the address go into a header, as clients do. */
function withoutCredentials(call: PostBack): { url: string; headers: Record<string, string> } {
  const url = new URL(call.url);
  const headers: Record<string, string> = { ...call.headers };
  if (url.username !== '' || url.password !== '') {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    url.username = url.password = '';
  }
  return { url: url.href, headers };
}
