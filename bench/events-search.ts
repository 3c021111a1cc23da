// Search in the register at a million events: the bar is 100 ms for a correlation id.
import { randomInt } from 'node:crypto';
import { migrate, openDatabase } from '#platform/db';
import { createEventRegister, type EventInput, eventMigrations } from '#platform/events';
import { systemClock } from '#platform/telemetry';
import { reportResult, summarise, withBenchServer } from './support.ts';

const EVENTS = Number(process.argv[2] ?? 1_000_000);
const BATCH = 1_000;
const EVENTS_PER_JOURNEY = 6;
const SEARCHES = 200;

await withBenchServer(async (url) => {
  await using db = openDatabase({ url, maxConnections: 4, applicationName: 'bench' });
  await migrate(db, [eventMigrations]);
  const register = createEventRegister({ db, clock: systemClock, retentionDays: 400 });
  await register.keepPartitions();
  const writer = register.forModule('bench');

  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  for (let first = 0; first < EVENTS; first += BATCH) {
    await writer.append(
      db.kysely,
      Array.from({ length: BATCH }, (_, index) => makeEvent(first + index)),
    );
  }
  const writeSeconds = (performance.now() - startedAt) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);

  const journeys = Math.floor(EVENTS / EVENTS_PER_JOURNEY);
  const timed = async (search: (number: number) => Promise<unknown>): Promise<number[]> => {
    const samples: number[] = [];
    for (let count = 0; count < SEARCHES; count += 1) {
      const before = performance.now();
      await search(randomInt(journeys));
      samples.push(performance.now() - before);
    }
    return samples;
  };
  const byCorrelation = await timed((number) => register.journey(`journey-${number}`));
  const bySubject = await timed((number) =>
    register.search({ subject: `F${number % 10_000}` }, { limit: 50 }),
  );
  const byAnyId = await timed((number) => register.search({ anyId: `journey-${number}` }, { limit: 50 }));
  const newest = await timed(() => register.search({}, { limit: 50 }));

  await reportResult('events-search', {
    events: EVENTS,
    writesPerSecond: Math.round(EVENTS / writeSeconds),
    clientCpuMicrosecondsPerWrite: Math.round((cpu.user + cpu.system) / EVENTS),
    correlationIdMs: summarise(byCorrelation),
    subjectMs: summarise(bySubject),
    anyIdMs: summarise(byAnyId),
    newestPageMs: summarise(newest),
  });
});

function makeEvent(number: number): EventInput {
  const journey = Math.floor(number / EVENTS_PER_JOURNEY);
  return {
    name: ['change_event.received', 'update_request.sent', 'service.updated'][number % 3] ?? '',
    correlationId: `journey-${journey}`,
    subjects: [`F${journey % 10_000}`, `record-${journey}`],
    properties: {
      message: 'Service update complete',
      new_value: '"01632960001"',
      sequence_number: `${number}`,
    },
  };
}
