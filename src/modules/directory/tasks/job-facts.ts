import { uuidV7 } from '#platform/http';
import type { Job } from '#platform/jobs';
import type { EventFacts } from '../events.ts';

/** A job that another one leads to goes on with its trace. */
export function traceOf({ traceparent }: Pick<EventFacts, 'traceparent'>): { traceparent?: string } {
  return traceparent === null || traceparent === undefined ? {} : { traceparent };
}

/** The facts of one run on one job. Made once for each run: they name it. */
export function factsOfJob(job: Job, odsCode: string | null): EventFacts {
  const { correlationId, traceparent } = job;
  return { correlationId, odsCode, requestId: uuidV7(), traceparent };
}
