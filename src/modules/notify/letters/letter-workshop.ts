import { Worker } from 'node:worker_threads';
import type { PrecompiledCheck } from './check-precompiled.ts';
import type { LetterWork, LetterWorkDone } from './letter-thread.ts';
import type { LetterToRender, RenderedLetter } from './render-letter.ts';
import type { SanitisedLetter } from './rewrite-precompiled.ts';

/**
 * Does the heavy work on letters in a thread of its own: a page takes tens of milliseconds that no request should wait
 * for, and a hostile PDF can keep its reader busy for ever. What takes too long is given up and its thread ended.
 */
export interface LetterWorkshop extends AsyncDisposable {
  /** Rejects for a logo or attachment that cannot be read, or when the time ran out. */
  render(letter: LetterToRender): Promise<RenderedLetter>;
  /** A file that takes too long cannot be read. */
  check(pdf: Uint8Array, options: { internationalLetters: boolean }): Promise<PrecompiledCheck>;
  sanitise(pdf: Uint8Array, options: { internationalLetters: boolean }): Promise<SanitisedLetter>;
  /** One page as PNG, counted from 1; undefined when it cannot be read in time. */
  image(pdf: Uint8Array, page: number, options?: { width?: number }): Promise<Uint8Array | undefined>;
}

export class LetterWorkError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LetterWorkError';
  }
}

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_HEAP_MB = 512;
const UNREADABLE = { status: 'failed', message: 'unable-to-read-the-file' } as const;

interface Waiting {
  readonly work: LetterWork;
  readonly settle: (done: LetterWorkDone | 'given up') => void;
}

/** The thread starts with the first piece of work; pieces are done one after the other. */
export function createLetterWorkshop(options: { timeoutMs?: number } = {}): LetterWorkshop {
  const thread = new LetterThread(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  return {
    async render(letter) {
      // The thread answers each kind of work with what its function returns.
      return (await thread.doWork({ kind: 'render', letter }, undefined)) as RenderedLetter;
    },
    async check(pdf, checkOptions) {
      return (await thread.doWork(
        { kind: 'check', pdf, options: checkOptions },
        UNREADABLE,
      )) as PrecompiledCheck;
    },
    async sanitise(pdf, checkOptions) {
      return (await thread.doWork(
        { kind: 'sanitise', pdf, options: checkOptions },
        UNREADABLE,
      )) as SanitisedLetter;
    },
    async image(pdf, page, imageOptions = {}) {
      const work: LetterWork = { kind: 'image', pdf, page, options: imageOptions };
      const image = await thread.doWork(work, NO_IMAGE);
      return image === NO_IMAGE ? undefined : (image as Uint8Array | undefined);
    },
    [Symbol.asyncDispose]: () => thread.end(),
  };
}

const NO_IMAGE = Symbol('no image');

class LetterThread {
  readonly #timeoutMs: number;
  readonly #waiting: Waiting[] = [];
  #worker: Worker | undefined;
  #current: { waiting: Waiting; timer: NodeJS.Timeout } | undefined;
  #hasEnded = false;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** `instead` is the result of work that was given up; without one it rejects. */
  async doWork(work: LetterWork, instead: unknown): Promise<unknown> {
    if (this.#hasEnded) throw new LetterWorkError('The letter workshop is closed');
    const { promise, resolve } = Promise.withResolvers<LetterWorkDone | 'given up'>();
    this.#waiting.push({ work, settle: resolve });
    this.#next();
    const done = await promise;
    if (done === 'given up') {
      if (instead === undefined)
        throw new LetterWorkError(`A letter took more than ${this.#timeoutMs} ms or its memory`);
      return instead;
    }
    if ('failure' in done) throw new LetterWorkError(done.failure);
    return done.result;
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    const worker = this.#worker;
    this.#worker = undefined;
    for (const { settle } of this.#waiting.splice(0)) settle({ failure: 'The letter workshop is closed' });
    this.#finish({ failure: 'The letter workshop is closed' });
    await worker?.terminate();
  }

  #next(): void {
    if (this.#current || this.#hasEnded) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      // An idle thread does not keep the process alive.
      this.#worker?.unref();
      return;
    }
    this.#worker ??= this.#start();
    const worker = this.#worker;
    worker.ref();
    this.#current = { waiting, timer: setTimeout(() => this.#giveUp(worker), this.#timeoutMs) };
    worker.postMessage(waiting.work);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./letter-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    worker.on('message', (done: LetterWorkDone) => {
      if (worker === this.#worker) this.#finish(done);
    });
    // Out of memory, or a fault of ours: either way this piece of work cannot be done.
    worker.on('error', () => this.#giveUp(worker));
    worker.on('exit', () => this.#giveUp(worker));
    return worker;
  }

  #giveUp(worker: Worker): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    worker.terminate().catch(() => undefined);
    this.#finish('given up');
  }

  #finish(done: LetterWorkDone | 'given up'): void {
    const current = this.#current;
    if (current === undefined) return;
    clearTimeout(current.timer);
    this.#current = undefined;
    current.waiting.settle(done);
    this.#next();
  }
}
