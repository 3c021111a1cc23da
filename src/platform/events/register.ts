import type { RawBuilder } from 'kysely';
import type { Database, Handle, MigrationSet } from '#platform/db';
import { HttpError } from '#platform/http';
import type { Clock } from '#platform/telemetry';
import {
  type EventConditions,
  insertEvents,
  insertionOfEvents,
  type NewEvent,
  type StoredEvent,
  selectEvents,
} from './event-queries.ts';
import { keepPartitions } from './partitions.ts';

/** What a module states about a record: a past-tense name, who it is about and the facts. */
export interface EventInput {
  name: string;
  correlationId: string | null;
  /** Every id a person might search by: ODS code, service id, notification id ... */
  subjects: string[];
  properties: Record<string, unknown>;
  /**
   * Makes this as many events as there are members: each has `properties` and the member's own. A member with
   * `eventName` has that name in place of the shared one, and is not found by it: journeys and searches by id show it.
   */
  each?: Record<string, unknown>[];
  time?: Date;
}

export interface RegisterEvent {
  /** Grows with the order of writing; events written together share it, with their place behind a dot. */
  id: string;
  time: Date;
  module: string;
  name: string;
  correlationId: string | null;
  subjects: string[];
  properties: Record<string, unknown>;
}

export interface EventFilter {
  /** Matches the correlation id or any subject. */
  anyId?: string;
  correlationId?: string;
  subject?: string;
  module?: string;
  name?: string;
  since?: Date;
  until?: Date;
  order?: 'newest' | 'oldest';
}

export interface EventPage {
  events: RegisterEvent[];
  /** Pass it back as `after` for the next page; absent on the last one. */
  next?: string;
}

export interface ModuleRegister {
  /** Writes any number of events in one statement on the caller's handle, so they commit with the change they state. */
  append(handle: Handle, events: EventInput[]): Promise<void>;
  /**
   * The statement that writes an event for each row of `source`, to stand in a WITH of the statement that makes the
   * change: one round trip where `append` needs a transaction. `source` selects the columns of EventSource.
   */
  insertion(source: RawBuilder<EventSource>): RawBuilder<unknown>;
}

/** What `insertion` is given of each event; `subjects` is a text[] and `properties` a json or jsonb. */
export interface EventSource {
  time: Date;
  name: string;
  correlation_id: string | null;
  subjects: string[];
  properties: unknown;
}

export interface EventRegister {
  forModule(module: string): ModuleRegister;
  /** A page holds `limit` writes, which are more events where some were written together. */
  search(filter: EventFilter, page: { after?: string; limit: number }): Promise<EventPage>;
  /** All events of one correlation id, oldest first (at most 2,000 writes). */
  journey(correlationId: string): Promise<RegisterEvent[]>;
  /** Makes the partitions of the coming week and drops those past retention. Safe to run in every process. */
  keepPartitions(): Promise<{ created: string[]; dropped: string[] }>;
}

export const eventMigrations: MigrationSet = {
  name: 'platform_events',
  directory: new URL('./migrations/', import.meta.url),
};

const JOURNEY_LIMIT = 2_000;

/** The register of one database. */
export function createEventRegister(options: {
  db: Database;
  clock: Clock;
  retentionDays: number;
}): EventRegister {
  const { db, clock, retentionDays } = options;
  return {
    forModule: (module) => ({
      append: async (handle, events) => {
        const written = events.filter((event) => event.each?.length !== 0);
        if (written.length === 0) return;
        const now = clock.now();
        await insertEvents(
          handle,
          module,
          written.map((event) => toNewEvent(event, now)),
        );
      },
      insertion: (source) => insertionOfEvents(module, source),
    }),

    search: async (filter, page) => {
      const conditions: EventConditions = {
        ...filter,
        order: filter.order ?? 'newest',
        limit: page.limit + 1,
      };
      if (page.after !== undefined) conditions.after = parseCursor(page.after);
      const rows = await selectEvents(db.kysely, conditions);
      const kept = rows.slice(0, page.limit);
      const last = kept.at(-1);
      const events = kept
        .flatMap((row) => toEvents(row, conditions.order))
        .filter(({ name }) => filter.name === undefined || name === filter.name);
      return rows.length > page.limit && last ? { events, next: cursorOf(last) } : { events };
    },

    journey: async (correlationId) => {
      const rows = await selectEvents(db.kysely, { correlationId, order: 'oldest', limit: JOURNEY_LIMIT });
      return rows.flatMap((row) => toEvents(row, 'oldest'));
    },

    keepPartitions: () => keepPartitions(db, { now: clock.now(), retentionDays }),
  };
}

function toNewEvent(event: EventInput, now: Date): NewEvent {
  return {
    time: event.time ?? now,
    name: storable(event.name),
    correlationId: event.correlationId === null ? null : storable(event.correlationId),
    subjects: `{${event.subjects.map((subject) => `"${storable(subject).replace(/["\\]/g, '\\$&')}"`).join(',')}}`,
    properties: toJson(event.properties),
    each: event.each === undefined ? null : toJson(event.each),
  };
}

// PostgreSQL keeps neither U+0000 nor half a surrogate pair in text. What clients sent must not make the register
// fail, so those characters become U+FFFD; the check on the finished text keeps the usual case cheap.
function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  return /\\u(0000|d[89a-f])/i.test(text)
    ? JSON.stringify(JSON.parse(text), (_key, member: unknown) =>
        typeof member === 'string' ? storable(member) : member,
      )
    : text;
}

function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

function toEvents(row: StoredEvent, order: 'newest' | 'oldest'): RegisterEvent[] {
  const { correlation_id: correlationId, each, ...rest } = row;
  if (each === null) return [{ ...rest, correlationId }];
  const events = each.map(({ eventName, ...own }, place) => ({
    ...rest,
    id: `${rest.id}.${place + 1}`,
    name: typeof eventName === 'string' ? eventName : rest.name,
    correlationId,
    properties: { ...rest.properties, ...own },
  }));
  return order === 'newest' ? events.reverse() : events;
}

function cursorOf(row: StoredEvent): string {
  return `${row.time.toISOString()}_${row.id}`;
}

function parseCursor(text: string): { time: Date; id: string } {
  const [time = '', id = ''] = text.split('_');
  const parsed = new Date(time);
  if (Number.isNaN(parsed.getTime()) || !/^\d{1,19}$/.test(id)) {
    throw new HttpError(400, 'invalid_cursor', 'The page cursor is not one that a former page gave');
  }
  return { time: parsed, id };
}
