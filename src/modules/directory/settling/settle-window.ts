import type { Handle } from '#platform/db';
import type { DirectoryContext } from '../context.ts';
import { type DirectoryEvent, directoryEvent } from '../events.ts';
import type { StoredEvent } from '../matching/match-events.ts';
import { beginSettling, endSettling, type SettlingEvent, selectSuperseded } from './settle-queries.ts';

// A person who edits a profile sends an event with each save, and the first is often wrong (10.1 #5). With a settle
// window each event waits that long before it is matched, and is left out when a newer one of its code waits by then: DoS
// sees the last of a session alone. Off by default, as in the original.

/** So many windows after the first event of a session the one at hand is applied, though others still come in. */
const LONGEST_SESSION_WINDOWS = 10;

/** When an event that ingest stores may be matched, by the clock of the queue; undefined without a window. */
export function settlesAt({ config }: DirectoryContext, job: { enqueuedAt: Date }): Date | undefined {
  const { settleSeconds } = config;
  return settleSeconds === 0 ? undefined : new Date(job.enqueuedAt.getTime() + settleSeconds * 1_000);
}

/** In the transaction that passes events on. */
export async function openWindows(
  { config }: DirectoryContext,
  trx: Handle,
  events: SettlingEvent[],
): Promise<void> {
  if (config.settleSeconds > 0 && events.length > 0) await beginSettling(trx, events);
}

/** Events that are over because a newer one waits, and the others. A part of a dry run stands for nothing but itself. */
export async function withoutSuperseded(
  { config, db }: DirectoryContext,
  events: StoredEvent[],
): Promise<{ current: StoredEvent[]; superseded: StoredEvent[] }> {
  const settling = config.settleSeconds > 0 ? events.filter(isSettling) : [];
  if (settling.length === 0) return { current: events, superseded: [] };
  const longestSeconds = config.settleSeconds * LONGEST_SESSION_WINDOWS;
  const places = await selectSuperseded(db.kysely, settling.map(toSettling), longestSeconds);
  const over = new Set(settling.filter((_, place) => places.has(place)));
  return { current: events.filter((event) => !over.has(event)), superseded: [...over] };
}

/** In the transaction that sends what was matched. */
export async function closeWindows(
  { config }: DirectoryContext,
  trx: Handle,
  matched: StoredEvent[],
): Promise<void> {
  const settled = config.settleSeconds > 0 ? matched.filter(isSettling) : [];
  if (settled.length > 0) await endSettling(trx, settled.map(toSettling));
}

export function supersededEvent({ facts, payload, sequenceNumber }: StoredEvent): DirectoryEvent {
  return directoryEvent(
    'change_event.superseded',
    facts,
    'Change event left out, because a newer one of its ODS code came within the settle window',
    { level: 'INFO', dynamo_record_id: payload.recordId, sequence_number: sequenceNumber },
  );
}

function isSettling({ payload, sequenceNumber }: StoredEvent): boolean {
  return payload.services === undefined && payload.fields === undefined && sequenceNumber !== null;
}

function toSettling({ payload, sequenceNumber }: StoredEvent): SettlingEvent {
  return { odsCode: payload.odsCode, sequenceNumber: sequenceNumber ?? '0' };
}
