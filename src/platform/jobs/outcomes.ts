import { type Job, type JobOutcome, OutageError } from './task.ts';

export interface FailedJob {
  id: string;
  error: unknown;
  /** What the run wants instead of the delay of its task. */
  delayMs?: number | undefined;
}

/** The outcomes of one batch, ready to be written in as few statements as possible. */
export interface Settlement {
  completed: string[];
  retries: FailedJob[];
  exhausted: FailedJob[];
  /** Given back uncounted, by delay. */
  postponed: Map<number, string[]>;
  outage: OutageError | undefined;
}

/**
 * Sorts what a run returned. A job it does not mention has failed: taking it for done would lose it. Given `isUncounted`
 * for the errors that are nobody's fault, such as our own database being away, their jobs go back.
 */
export function sortOutcomes(
  jobs: Job[],
  outcomes: JobOutcome[],
  isUncounted: (error: unknown) => boolean,
): Settlement {
  const settlement: Settlement = {
    completed: [],
    retries: [],
    exhausted: [],
    postponed: new Map(),
    outage: undefined,
  };
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  for (const job of jobs) {
    const outcome = byId.get(job.id) ?? { id: job.id, status: 'failed', error: new MissingOutcomeError() };
    if (outcome.status === 'completed') settlement.completed.push(job.id);
    else if (outcome.status === 'postponed') postpone(settlement, job.id, outcome.delayMs ?? 0);
    else if (outcome.error instanceof OutageError || isUncounted(outcome.error)) {
      if (outcome.error instanceof OutageError) settlement.outage ??= outcome.error;
      postpone(settlement, job.id, 0);
    } else if (outcome.status === 'refused' || job.attempt >= job.maxAttempts) {
      settlement.exhausted.push({ id: job.id, error: outcome.error });
    } else settlement.retries.push({ id: job.id, error: outcome.error, delayMs: outcome.delayMs });
  }
  return settlement;
}

function postpone(settlement: Settlement, id: string, delayMs: number): void {
  const ids = settlement.postponed.get(delayMs) ?? [];
  ids.push(id);
  settlement.postponed.set(delayMs, ids);
}

class MissingOutcomeError extends Error {
  constructor() {
    super(
      'The run returned no outcome for this job; return one for each job, or nothing when all are completed.',
    );
    this.name = 'MissingOutcomeError';
  }
}
