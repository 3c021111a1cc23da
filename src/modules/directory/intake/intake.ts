import { createGroupCommit, type Database, type GroupCommit } from '#platform/db';
import type { Jobs } from '#platform/jobs';
import { ingestChangeEventTask } from '../tasks/definitions.ts';
import type { AcceptedChangeEvent } from './change-event-request.ts';
import { insertReceivedEvents } from './received-event-queries.ts';

/** Requests that arrive while a commit is under way share the next one: one statement for all of them. */
const LARGEST_GROUP = 200;

/**
 * Makes accepted change events durable together with their jobs. `add` resolves after the COMMIT that holds the
 * caller's own event, so a 200 always means stored (spec section 3.1).
 */
export function createIntake(db: Database, jobs: Jobs): GroupCommit<AcceptedChangeEvent> {
  return createGroupCommit<AcceptedChangeEvent>({
    db,
    maxItems: LARGEST_GROUP,
    minIntervalMs: 10,
    // One group is written while the next one's COMMIT waits for the disk.
    maxConcurrentCommits: 2,
    isOneStatement: true,
    commit: async (handle, events) => {
      await jobs.enqueue(
        handle,
        ingestChangeEventTask,
        events.map((event) => ({
          id: event.id,
          payload: { receivedEventId: event.id },
          key: event.odsCode,
          correlationId: event.correlationId,
          ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
        })),
        // Retries of a known request are not inserted, so no job is made for them either.
        insertReceivedEvents(events),
      );
    },
  });
}
