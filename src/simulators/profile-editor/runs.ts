import { randomUUID } from 'node:crypto';
import type { Logger } from '#platform/telemetry';
import type { EventAudit } from './event-audit.ts';
import { eventBody, odsCodesOf, unmatchedCodes } from './event-source.ts';
import type { ProfileLedger } from './profile-ledger.ts';
import type { RunSettings } from './run-request.ts';
import { type ChangeEventProgress, runChangeEvents } from './sender.ts';

const KEPT_RUNS = 100;

/** A run as its address shows it: what was asked for, without the key, and how far it is. */
export interface RunView extends ChangeEventProgress {
  readonly id: string;
  readonly startedAt: string;
  readonly stopped: boolean;
  readonly settings: Omit<RunSettings, 'apiKey'>;
}

interface Run {
  readonly id: string;
  readonly startedAt: string;
  readonly settings: Omit<RunSettings, 'apiKey'>;
  readonly stop: AbortController;
  readonly done: Promise<void>;
  progress: ChangeEventProgress;
}

/** The runs of one editor. All share its ledger, so that each goes on from the versions of those before. */
export class Runs {
  readonly #runs = new Map<string, Run>();
  readonly #ledger: ProfileLedger;
  readonly #audit: EventAudit;
  readonly #pharmacies: number;
  readonly #log: Logger;

  constructor(options: { ledger: ProfileLedger; audit: EventAudit; pharmacies: number; log: Logger }) {
    this.#pharmacies = options.pharmacies;
    this.#ledger = options.ledger;
    this.#audit = options.audit;
    this.#log = options.log;
  }

  start(settings: RunSettings): RunView {
    const id = randomUUID();
    const { apiKey: _, ...shown } = settings;
    const stop = new AbortController();
    const run: Run = {
      id,
      startedAt: new Date().toISOString(),
      settings: shown,
      stop,
      progress: NOT_STARTED,
      done: this.#send(id, settings, stop.signal),
    };
    this.#runs.set(id, run);
    this.#forgetOldest();
    return view(run);
  }

  /** Newest first. */
  list(): RunView[] {
    return [...this.#runs.values()].reverse().map(view);
  }

  find(id: string): RunView | undefined {
    const run = this.#runs.get(id);
    return run && view(run);
  }

  /** Resolves once nothing more is sent; undefined when there is no such run. */
  async stop(id: string): Promise<RunView | undefined> {
    const run = this.#runs.get(id);
    if (!run) return undefined;
    run.stop.abort();
    await run.done;
    return view(run);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#runs.keys()].map((id) => this.stop(id)));
  }

  async #send(runId: string, settings: RunSettings, signal: AbortSignal): Promise<void> {
    const options = {
      ...settings,
      odsCodes: odsCodesOf(Math.max(1, Math.round(this.#pharmacies * settings.codes))),
      unmatchedCodes: unmatchedCodes(),
      eventBody,
      runId,
      ledger: this.#ledger,
      signal,
      onAnswer: (event: Parameters<EventAudit['add']>[0]) => this.#audit.add(event),
    };
    const update = (progress: ChangeEventProgress) => {
      const run = this.#runs.get(runId);
      if (run) run.progress = progress;
    };
    try {
      await runChangeEvents(options, update);
    } catch (error) {
      this.#log.error({ err: error, runId }, 'Change event run failed');
      const run = this.#runs.get(runId);
      if (run) run.progress = { ...run.progress, finished: true };
    }
  }

  #forgetOldest(): void {
    if (this.#runs.size <= KEPT_RUNS) return;
    const oldest = [...this.#runs.values()].find((run) => run.progress.finished);
    if (oldest) this.#runs.delete(oldest.id);
  }
}

const NOT_STARTED: ChangeEventProgress = {
  sent: 0,
  accepted: 0,
  refused: 0,
  errors: 0,
  retries: 0,
  statuses: {},
  latencies: { p50: 0, p95: 0, p99: 0, max: 0 },
  elapsedMs: 0,
  eventsPerSecond: 0,
  finished: false,
};

function view(run: Run): RunView {
  const { id, startedAt, settings } = run;
  return { id, startedAt, stopped: run.stop.signal.aborted, settings, ...run.progress };
}
