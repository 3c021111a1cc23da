import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { migrate } from '#platform/db';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/index.ts';
import {
  createEventRegister,
  type EventInput,
  type EventRegister,
  type EventSource,
  eventMigrations,
  type RegisterEvent,
} from './index.ts';

const NOON = new Date('2030-06-15T12:00:00Z');

describe('the register', () => {
  let database: TestDatabase;
  let register: EventRegister;
  const clock = { now: () => NOON };

  before(async () => {
    database = await createTestDatabase();
    await migrate(database.db, [eventMigrations]);
    register = createEventRegister({ db: database.db, clock, retentionDays: 30 });
    await register.keepPartitions();
  });
  after(() => database[Symbol.asyncDispose]());

  const append = (module: string, ...events: Partial<EventInput>[]) =>
    register.forModule(module).append(
      database.db.kysely,
      events.map((event) => ({
        name: 'thing.happened',
        correlationId: null,
        subjects: [],
        properties: {},
        ...event,
      })),
    );

  it('gives back an event exactly as it was written', async () => {
    await append('directory', {
      name: 'service.updated',
      correlationId: 'exact-1',
      subjects: ['FA002', '17'],
      properties: { message: 'Service update complete', nested: { list: [1, null, 'ü'] } },
    });
    const { events, next } = await register.search({ correlationId: 'exact-1' }, { limit: 10 });
    assert.deepEqual(events, [
      {
        id: events[0]?.id,
        time: NOON,
        module: 'directory',
        name: 'service.updated',
        correlationId: 'exact-1',
        subjects: ['FA002', '17'],
        properties: { message: 'Service update complete', nested: { list: [1, null, 'ü'] } },
      },
    ]);
    assert.equal(next, undefined);
  });

  it('writes an event for each row of a statement that makes its own change', async () => {
    const { kysely } = database.db;
    await sql`create table made (id text)`.execute(kysely);
    const source = sql<EventSource>`
      select ${NOON}::timestamptz as time, 'thing.made' as name, 'inside-1' as correlation_id,
        array[id] as subjects, jsonb_build_object('size', 1) as properties
      from made_now
    `;
    await sql`
      with made_now as (insert into made values ('one'), ('two') returning id),
        told as (${register.forModule('directory').insertion(source)})
      select from made_now
    `.execute(kysely);
    const { events } = await register.search({ correlationId: 'inside-1', order: 'oldest' }, { limit: 10 });
    assert.deepEqual(
      events.map(({ id, ...event }) => event),
      ['one', 'two'].map((subject) => ({
        time: NOON,
        module: 'directory',
        name: 'thing.made',
        correlationId: 'inside-1',
        subjects: [subject],
        properties: { size: 1 },
      })),
    );
  });

  it('gives back events that were written together one by one, in both orders', async () => {
    await append('directory', {
      correlationId: 'together',
      properties: { service: 7, field: 'shared' },
      each: [{ field: 'web' }, { field: 'phone', old: null }],
    });
    await append('directory', { correlationId: 'together', each: [] });
    const journey = await register.journey('together');
    assert.deepEqual(
      journey.map((event) => event.properties),
      [
        { service: 7, field: 'web' },
        { service: 7, field: 'phone', old: null },
      ],
    );
    assert.equal(new Set(journey.map((event) => event.id)).size, 2);
    const { events } = await register.search({ correlationId: 'together' }, { limit: 10 });
    assert.deepEqual(events, journey.toReversed());
  });

  it('lets events that share a row have names of their own', async () => {
    await append('directory', {
      correlationId: 'named',
      name: 'thing.ended',
      each: [{ eventName: 'thing.looked_at', step: 1 }, { step: 2 }],
    });
    const namesOf = (events: RegisterEvent[]) =>
      events.map(({ name, properties }) => [name, properties.step]);
    assert.deepEqual(namesOf(await register.journey('named')), [
      ['thing.looked_at', 1],
      ['thing.ended', 2],
    ]);
    const { events } = await register.search({ correlationId: 'named', name: 'thing.ended' }, { limit: 10 });
    assert.deepEqual(namesOf(events), [['thing.ended', 2]]);
  });

  it('finds an event by correlation id, by subject, and by either', async () => {
    await append(
      'a',
      { correlationId: 'find-me', subjects: ['S1'] },
      { correlationId: 'other', subjects: ['find-me'] },
    );
    const count = async (filter: object) => (await register.search(filter, { limit: 10 })).events.length;
    assert.equal(await count({ correlationId: 'find-me' }), 1);
    assert.equal(await count({ subject: 'find-me' }), 1);
    assert.equal(await count({ anyId: 'find-me' }), 2);
    assert.equal(await count({ anyId: 'find-me', module: 'b' }), 0);
  });

  it('orders a journey across modules and pages through it without gap or repetition', async () => {
    const at = (second: number) => new Date(NOON.getTime() + second * 1_000);
    for (let second = 0; second < 25; second += 1) {
      await append(second % 2 ? 'directory' : 'notify', { correlationId: 'long', time: at(25 - second) });
    }
    const seen: number[] = [];
    let after: string | undefined;
    do {
      const page = await register.search(
        { correlationId: 'long' },
        { limit: 7, ...(after ? { after } : {}) },
      );
      seen.push(...page.events.map((event) => event.time.getTime()));
      after = page.next;
    } while (after);
    assert.equal(new Set(seen).size, 25);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => b - a),
    );
    const journey = await register.journey('long');
    assert.deepEqual(
      journey.map((event) => event.time.getTime()),
      seen.toReversed(),
    );
  });

  it('keeps events of the same millisecond in the order they were written', async () => {
    await append('a', ...['one', 'two', 'three'].map((name) => ({ name, correlationId: 'same-ms' })));
    assert.deepEqual(
      (await register.journey('same-ms')).map((event) => event.name),
      ['one', 'two', 'three'],
    );
  });

  it('limits a search to a time range', async () => {
    const time = new Date('2030-06-16T08:00:00Z');
    await append('a', { subjects: ['ranged'], time }, { subjects: ['ranged'] });
    const { events } = await register.search({ subject: 'ranged', since: time }, { limit: 10 });
    assert.deepEqual(
      events.map((event) => event.time),
      [time],
    );
  });

  it('accepts text that PostgreSQL cannot hold', async () => {
    await append('a', {
      correlationId: 'odd',
      subjects: ['a\u0000b'],
      properties: { text: 'x\u0000y', half: '\ud800', kept: '\\u0000' },
    });
    const [event] = await register.journey('odd');
    assert.deepEqual(event?.properties, { text: 'x\uFFFDy', half: '\uFFFD', kept: '\\u0000' });
    assert.deepEqual(event?.subjects, ['a\uFFFDb']);
  });

  it('writes nothing when the transaction of the change is rolled back', async () => {
    await assert.rejects(
      database.db.kysely.transaction().execute(async (trx) => {
        await register
          .forModule('a')
          .append(trx, [{ name: 'x', correlationId: 'undone', subjects: [], properties: {} }]);
        throw new Error('the change failed');
      }),
    );
    assert.deepEqual(await register.journey('undone'), []);
  });

  it('refuses a page cursor it did not give', async () => {
    await assert.rejects(register.search({}, { after: "1'; drop", limit: 1 }), /cursor/);
  });

  it('makes the partitions of the coming week once, and drops days past the retention with their events', async () => {
    const old = createEventRegister({
      db: database.db,
      clock: { now: () => new Date('2030-01-01T00:00:00Z') },
      retentionDays: 30,
    });
    assert.equal((await old.keepPartitions()).created.length, 8);
    await append('a', { correlationId: 'aged', time: new Date('2030-01-02T10:00:00Z') });
    const [first, second] = await Promise.all([register.keepPartitions(), register.keepPartitions()]);
    assert.deepEqual([...first.dropped, ...second.dropped].length, 8);
    assert.deepEqual(await register.journey('aged'), []);
    assert.equal((await register.journey('exact-1')).length, 1);
  });
});
