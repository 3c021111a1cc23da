import type { IncomingHttpHeaders } from 'node:http';

export const MAX_CALLS = 10_000;
const MAX_CHARACTERS = 64 * 1024 * 1024;

export interface RecordedCall {
  readonly time: string;
  readonly method: string;
  /** Path with its query and without the simulator's prefix. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The text as it was sent. */
  body: string;
  /** Null while unanswered, and for ever when a fault closed the connection. */
  status: number | null;
}

/**
 * The latest calls to one simulator, oldest first: at most 10,000 and at most 64 million characters of bodies, so
 * that a load test cannot fill the memory. Older ones are dropped.
 */
export class CallRing {
  #calls: RecordedCall[] = [];
  #first = 0;
  #characters = 0;
  #seen = 0;

  /** Calls since the start or the last clear, including those dropped. */
  get seen(): number {
    return this.#seen;
  }

  get size(): number {
    return this.#calls.length - this.#first;
  }

  add(call: RecordedCall): void {
    this.#calls.push(call);
    this.#seen += 1;
    this.#characters += call.body.length;
    while (this.size > MAX_CALLS || (this.#characters > MAX_CHARACTERS && this.size > 1)) this.#dropOldest();
  }

  /** Calls received at or after `since`, in milliseconds since 1970. */
  *since(since: number): Generator<RecordedCall> {
    // Taken before the first yield: a slow reader must not see the list shift beneath it.
    for (const call of this.#calls.slice(this.#first)) if (Date.parse(call.time) >= since) yield call;
  }

  clear(): void {
    this.#calls = [];
    this.#first = 0;
    this.#characters = 0;
    this.#seen = 0;
  }

  #dropOldest(): void {
    this.#characters -= this.#calls[this.#first]?.body.length ?? 0;
    this.#first += 1;
    // Shifting an array of ten thousand on every call costs more than answering it; compact once in a while.
    if (this.#first < MAX_CALLS / 10) return;
    this.#calls = this.#calls.slice(this.#first);
    this.#first = 0;
  }
}
