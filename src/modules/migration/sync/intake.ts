import { createGroupCommit } from '#platform/db';
import { uuidV7 } from '#platform/http';
import type { MigrationContext } from '../context.ts';
import type { QueueEntry } from '../queues/queue-catalogue.ts';
import { type EventPayload, syncTask } from '../tasks/definitions.ts';
import { parseEnvelope, UnreadableMessageError } from './envelope.ts';

export interface EventIntake {
  /** Resolves once the message is durable, with its id. */
  accept(queue: QueueEntry, message: { body: string; correlationId: string | null }): Promise<string>;
  drain(): Promise<void>;
}

interface Accepted {
  queue: QueueEntry;
  id: string;
  key: string;
  payload: EventPayload;
  correlationId: string | null;
}

/** Events from HTTP and SQS; those that come together commit together. */
export function createIntake(ctx: Pick<MigrationContext, 'db' | 'jobs' | 'config'>): EventIntake {
  const commits = createGroupCommit<Accepted>({
    db: ctx.db,
    maxItems: 250,
    commit: async (handle, items) => {
      for (const [queue, group] of Map.groupBy(items, (item) => item.queue)) {
        await ctx.jobs.enqueue(handle, syncTask(queue.domain, ctx.config), group);
      }
    },
  });
  return {
    async accept(queue, { body, correlationId }) {
      const id = uuidV7();
      // PostgreSQL keeps no U+0000 in text; an event that holds one is unreadable either way.
      const text = body.toWellFormed().replaceAll('\0', '\uFFFD').replaceAll('\\u0000', '\\uFFFD');
      const payload = { messageId: messageIdOf(text) ?? id, body: text };
      await commits.add({ queue, id, key: keyOf(queue, text) ?? id, payload, correlationId });
      return payload.messageId;
    },
    drain: () => commits.drain(),
  };
}

/** Events of one record wait for each other; a message that cannot be read waits for nobody. */
function keyOf(queue: QueueEntry, body: string): string | undefined {
  try {
    const parsed = parseEnvelope(body);
    if ('internal' in parsed) return undefined;
    const { eventType, message } = parsed.envelope;
    return queue.domain.sync?.events[eventType]?.keyOf(message);
  } catch (error) {
    // The worker finds the same fault and makes it a dead letter.
    if (error instanceof UnreadableMessageError || error instanceof Error) return undefined;
    throw error;
  }
}

function messageIdOf(body: string): string | undefined {
  const id = /"MessageId"\s*:\s*"([0-9A-Za-z-]{1,100})"/.exec(body)?.[1];
  return id;
}
