// A thousand identical events of one adjustment at once, again and again: each time one adjustment and one mapping, and
// every later event an update of it. Usage: migration-races.ts [events] [rounds]
import { judge, round, startInstance, until } from './migration-instance.ts';
import { reportResult } from './support.ts';

const EVENTS = Number(process.argv[2] ?? 1_000);
const ROUNDS = Number(process.argv[3] ?? 5);
const FIRST_ADJUSTMENT = 150_001;
const QUEUE = 'prisoner_from_nomis_sentencing_queue';
const LIMIT_MS = 60_000 + EVENTS * 100;
const SENDERS = 50;

interface AuditRow {
  id: string;
  created: number;
  changed: number;
}

await using instance = await startInstance({ SIGNALBOX_SIMULATED_VISITS: '100' });
const seconds: number[] = [];
const acceptSeconds: number[] = [];
for (let nth = 0; nth < ROUNDS; nth += 1) {
  const adjustmentId = FIRST_ADJUSTMENT + nth;
  const startedAt = performance.now();
  await sendAll(adjustmentId);
  acceptSeconds.push((performance.now() - startedAt) / 1_000);
  await until(async () => {
    const row = (await instance.simulator<AuditRow[]>('/adjustments/audit')).find(
      ({ id }) => id === `SENTENCE/${adjustmentId}`,
    );
    return row !== undefined && row.created + row.changed >= EVENTS;
  }, LIMIT_MS);
  seconds.push((performance.now() - startedAt) / 1_000);
}
const rows = await instance.simulator<AuditRow[]>('/adjustments/audit');
const mapped = await instance.call<{ totalElements: number }>(
  'GET',
  '/mapping/sentencing/adjustments?size=1',
);

await reportResult('migration-races', {
  eventsAtOnce: EVENTS,
  rounds: ROUNDS,
  secondsToAccept: acceptSeconds.map(round),
  secondsToSettle: seconds.map(round),
  adjustments: rows.length,
  created: rows.map(({ created }) => created),
  mappings: mapped.totalElements,
});
judge([
  {
    what: 'one adjustment each time',
    isMet: rows.length === ROUNDS && rows.every(({ created }) => created === 1),
    figure: rows.map(({ created }) => created).join(' '),
  },
  { what: 'one mapping each time', isMet: mapped.totalElements === ROUNDS, figure: mapped.totalElements },
  {
    what: 'every other event an update',
    isMet: rows.every(({ changed }) => changed === EVENTS - 1),
    figure: rows.map(({ changed }) => changed).join(' '),
  },
]);

/** From many callers at once, as from a queue of many consumers. */
async function sendAll(adjustmentId: number): Promise<void> {
  const envelope = {
    Type: 'Notification',
    MessageId: `race-${adjustmentId}`,
    Message: JSON.stringify({
      offenderIdDisplay: 'A0000AA',
      bookingId: 1_200_001,
      sentenceSeq: 1,
      adjustmentId,
    }),
    MessageAttributes: { eventType: { Type: 'String', Value: 'SENTENCE_ADJUSTMENT_UPSERTED' } },
  };
  const waiting = Array.from({ length: EVENTS }).values();
  const sender = async () => {
    for (const _ of waiting) await instance.call('POST', `/queues/${QUEUE}/messages`, envelope);
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
}
