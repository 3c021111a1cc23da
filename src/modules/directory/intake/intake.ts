import { createGroupCommit, type Database, type GroupCommit } from '#platform/db';
import type { Jobs } from '#platform/jobs';
import { ingestChangeEventTask } from '../tasks/definitions.ts';
import type { AcceptedChangeEvent } from './change-event-request.ts';
import { insertReceivedEvents } from './received-event-queries.ts';

/** Requests that arrive while a commit is under way share the next one: two statements for all of them. */
const LARGEST_GROUP = 200;

/**
 * Makes accepted change events durable together with their jobs. `add` resolves after the COMMIT that holds the
 * caller's own event, so a 200 always means stored (spec section 3.1).
 */
export function createIntake(db: Database, jobs: Jobs): GroupCommit<AcceptedChangeEvent> {
  return createGroupCommit<AcceptedChangeEvent>({
    db,
    maxItems: LARGEST_GROUP,
    // Two at a time would halve the groups and double the cost for each event; the flush is not what takes long.
    maxConcurrentCommits: 1,
    commit: async (trx, events) => {
      const fresh = await insertReceivedEvents(trx, events);
      await jobs.enqueue(
        trx,
        ingestChangeEventTask,
        events
          .filter((event) => fresh.has(event.id))
          .map((event) => ({
            payload: { receivedEventId: event.id },
            key: event.odsCode,
            correlationId: event.correlationId,
          })),
      );
    },
  });
}
