import type { Handle } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import type { DomainEvent } from '../domain/domain-events.ts';
import { registerEvent } from '../events.ts';
import { insertDomainEvents } from './event-queries.ts';

/** Who makes a change, and in which request. */
export interface ChangeOrigin {
  application: string;
  correlationId: string | null;
}

export interface RecordedChange {
  event: DomainEvent;
  origin: ChangeOrigin;
}

/** Writes what happened, to the parties' own history and to the train register, on the transaction of the change. */
export async function recordChanges(
  handle: Handle,
  register: ModuleRegister,
  changes: RecordedChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await insertDomainEvents(
    handle,
    changes.map(({ event, origin }) => ({
      aggregate_type: event.aggregateType,
      aggregate_id: event.aggregateId,
      name: event.name,
      payload: event.payload,
      occurred_at: event.occurredAt,
      application: origin.application,
      correlation_id: origin.correlationId,
    })),
  );
  await register.append(
    handle,
    changes.map(({ event, origin }) => registerEvent(event, origin)),
  );
}
