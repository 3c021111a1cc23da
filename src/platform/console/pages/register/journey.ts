import type { FailedAttempt, JobFailureRecord } from '#platform/jobs';
import type { ConsoleContext } from '../../console-context.ts';

/** One stop of a journey: an event, or an attempt of a job that failed. */
export interface JourneyStop {
  time: Date;
  name: string;
  moduleTitle: string;
  sinceStartMs: number;
  sincePreviousMs: number;
  subjects: string[];
  properties: Record<string, unknown>;
  hasProperties: boolean;
  /** Of a failed attempt: what went wrong, and where to act on it. */
  failure?: { href: string; cause: string; message: string };
}

export interface Journey {
  stops: JourneyStop[];
  startedAt: Date | undefined;
  totalMs: number;
  /** Titles of the modules it passed through, in order. */
  moduleTitles: string[];
}

type Stop = Pick<JourneyStop, 'time' | 'name' | 'subjects' | 'properties' | 'failure'> & { module: string };

/** A correlation id that failed more often than this shows its latest failures only. */
const MOST_FAILURES = 200;

/** Everything that one correlation id caused, in order, whichever database it was written to. */
export async function readJourney(ctx: ConsoleContext, correlationId: string): Promise<Journey> {
  const found = await Promise.all(
    ctx.stores.map(async ({ events, jobs }) => {
      const [stated, { failures }] = await Promise.all([
        events.journey(correlationId),
        jobs.failures.list({ correlationId }, { limit: MOST_FAILURES }),
      ]);
      return [...stated, ...failures.flatMap(attemptsOf)];
    }),
  );
  const inOrder = found.flat().sort((one, other) => one.time.getTime() - other.time.getTime());
  const titles = new Map(
    [...ctx.modules, { name: 'platform', title: 'Platform' }].map((m) => [m.name, m.title]),
  );
  const startedAt = inOrder[0]?.time;
  const stops = inOrder.map((stop: Stop, index) => ({
    ...stop,
    moduleTitle: titles.get(stop.module) ?? stop.module,
    sinceStartMs: stop.time.getTime() - (startedAt?.getTime() ?? 0),
    sincePreviousMs: stop.time.getTime() - (inOrder[index - 1]?.time ?? stop.time).getTime(),
    hasProperties: Object.keys(stop.properties).length > 0,
  }));
  return {
    stops,
    startedAt,
    totalMs: stops.at(-1)?.sinceStartMs ?? 0,
    moduleTitles: [...new Set(stops.map(({ moduleTitle }) => moduleTitle))],
  };
}

function attemptsOf(failure: JobFailureRecord): Stop[] {
  const [module = ''] = failure.task.split('.', 1);
  return failure.attempts.map((attempt: FailedAttempt) => ({
    time: new Date(attempt.at),
    name: `${failure.task}, attempt ${attempt.attempt} failed`,
    module,
    subjects: [],
    properties: {},
    failure: { href: `/failures/${failure.id}`, cause: attempt.cause, message: attempt.message },
  }));
}
