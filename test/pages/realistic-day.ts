import { Type } from 'typebox';
import type { ConsoleModule, ConsoleStore } from '#platform/console';
import type { EventInput } from '#platform/events';
import { defineTask, type TaskDefinition } from '#platform/jobs';

export const journeyId = '0196a3c1-77f2-7d40-9a51-3f0f1c6e2b90';

/** Modules in the states an operator meets: well, behind, and down. */
export const modules: Omit<ConsoleModule, 'store'>[] = [
  {
    name: 'directory',
    title: 'Directory',
    health: async () => ({ database: { status: 'UP' }, dos: { status: 'UP' } }),
    section: {
      name: 'directory',
      title: 'Directory',
      links: [
        { href: '/pages/directory/change-events', text: 'Change events' },
        { href: '/pages/directory/pending-changes', text: 'Pending changes' },
      ],
      register: async (app, page) => {
        const view = new URL('./module-page.njk', import.meta.url);
        let shown = 0;
        // Its work ends while somebody looks at it for the first time.
        app.get('/change-events', async (_request, reply) => {
          shown += 1;
          const times = shown === 1 ? 'once' : 'again';
          return page.render(reply, view, { title: 'Change events', times, isOpen: shown === 1 });
        });
      },
    },
  },
  {
    name: 'migration',
    title: 'Migration',
    health: async () => ({
      database: { status: 'UP' },
      nomis: { status: 'DOWN' },
      mapping: { status: 'UP' },
    }),
  },
  { name: 'notify', title: 'Notify', health: async () => ({ database: { status: 'UP' } }) },
  { name: 'parties', title: 'Connecting parties', health: async () => ({ database: { status: 'UP' } }) },
];

/** Events of a few hundred records, and one journey through three modules that took a quarter of an hour. */
export async function writeRealisticDay(store: ConsoleStore, now: Date) {
  await writeEvents(store, now);
  return failSomeJobs(store);
}

async function writeEvents({ db, events }: ConsoleStore, now: Date): Promise<void> {
  const at = (secondsAgo: number) => new Date(now.getTime() - secondsAgo * 1_000);
  const background: EventInput[] = [];
  for (let index = 0; index < 180; index += 1) {
    const subject = `F${String(index % 60).padStart(2, '0')}${index % 7}${index % 9}`;
    background.push({
      name: index % 9 === 0 ? 'UNMATCHED_PHARMACY' : 'SERVICE_UPDATE',
      correlationId: `0196a3c0-${String(1_000 + index)}-7aaa-8bbb-0123456789ab`,
      subjects: [subject, String(14_000_000_000 + index)],
      properties: { ods_code: subject, dos_region: 'Leeds' },
      time: at(1_200 + index * 37),
    });
  }
  await events.forModule('directory').append(db.kysely, background);
  await events.forModule('directory').append(db.kysely, [
    journeyEvent('CHANGE_EVENT_RECEIVED', at(900), {
      ods_code: 'FA142',
      organisation_type: 'Pharmacy',
      sequence: 1_042,
    }),
    journeyEvent('MATCHED_SERVICES', at(899.96), {
      services: 2,
      service_uids: ['14000000042', '14000000043'],
    }),
    journeyEvent('SERVICE_UPDATE', at(899.2), {
      action: 'modify',
      data_field_modified: 'cmsurl',
      previous_value: '"www.old-pharmacy.example.org"',
      new_value:
        '"https://www.high-street-pharmacy-and-travel-clinic.example.org/opening-times/bank-holidays"',
      service_name: 'Pharmacy: High Street, Leeds',
      dos_region: 'Leeds',
    }),
    journeyEvent('GENERIC_BANK_HOLIDAY', at(899.1), { bank_holiday_opening_times: ['09:00:00-12:00:00'] }),
  ]);
  await events
    .forModule('notify')
    .append(db.kysely, [
      journeyEvent('notification.created', at(898), { channel: 'email', template: 'Change rejected' }),
      journeyEvent('notification.delivered', at(12), { provider: 'smtp', attempts: 3 }),
    ]);
}

function journeyEvent(name: string, time: Date, properties: Record<string, unknown>): EventInput {
  return { name, time, properties, correlationId: journeyId, subjects: ['FA142', '14000000042'] };
}

const payload = Type.Object({ receivedEventId: Type.String(), odsCode: Type.String({ minLength: 5 }) });

class UpstreamError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

let doJobsFail = true;

function task(name: string, fault: () => Error, ordered?: TaskDefinition['ordered']) {
  return defineTask({
    name,
    payload,
    ...(ordered ? { ordered } : {}),
    retries: { limit: 2, delaySeconds: 1, backoff: false },
    batchSize: 50,
    concurrency: 1,
    timeoutSeconds: 30,
    run: async (jobs) =>
      jobs.map((job) =>
        doJobsFail && job.payload.odsCode.startsWith('F')
          ? { id: job.id, status: 'failed' as const, error: fault() }
          : { id: job.id, status: 'completed' as const },
      ),
  });
}

const matchServices = task(
  'directory.match_services',
  () => new UpstreamError(503, 'The Directory of Services answered 503 Service Unavailable after 10 s'),
);
const syncService = task(
  'directory.sync_service',
  () => new Error('value too long for type character varying(100) while writing publicphone of the service'),
  { onExhausted: 'hold' },
);
const deliverEmail = task('notify.deliver_email', () => new UpstreamError(429, 'Too many requests'));
const migrateVisits = task(
  'migration.migrate_visits',
  () => new Error('connect ECONNREFUSED 127.0.0.1:8100'),
);

export const tasks: TaskDefinition[] = [matchServices, syncService, deliverEmail, migrateVisits];

/** Leaves a backlog, failures that wait for a person and a run of some of them that has begun. */
async function failSomeJobs({ jobs }: ConsoleStore): Promise<{ failure: string; redrive: string }> {
  const items = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, index) => ({
      payload: {
        receivedEventId: `0196a3c1-77f2-7d40-9a51-${String(index).padStart(12, '0')}`,
        odsCode: `${prefix}${1_000 + index}`,
      },
      key: `${prefix}${1_000 + index}`,
      correlationId: index === 0 ? journeyId : `0196a3c0-${1_000 + index}-7aaa-8bbb-0123456789ab`,
    }));
  doJobsFail = true;
  await jobs.enqueue(null, matchServices, [...items(31, 'F'), ...items(400, 'A')]);
  await jobs.enqueue(null, syncService, items(3, 'F'));
  await jobs.drain();
  doJobsFail = false;
  await jobs.enqueue(null, matchServices, items(1_240, 'B'));
  await jobs.enqueue(null, migrateVisits, items(57, 'V'));
  const actor = { kind: 'operator', id: 'o', name: 'ada@example.org' } as const;
  await jobs.pause('migration.migrate_visits', actor);
  const { failures } = await jobs.failures.list({ task: 'directory.sync_service' }, { limit: 1 });
  const failure = failures[0]?.id ?? '';
  await jobs.failures.edit(failure, { receivedEventId: 'edited', odsCode: 'F1000' }, actor);
  const filter = { task: 'directory.sync_service', key: 'F1001' };
  const { id } = await jobs.failures.redrive(filter, {
    actor,
    canary: 1,
    ratePerSecond: 20,
    pauseOnErrorRate: 0.1,
  });
  return { failure, redrive: id ?? '' };
}
