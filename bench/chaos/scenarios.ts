import { setTimeout as sleep } from 'node:timers/promises';
import { siblingUrl } from '#platform/db';
import { odsCodeAt } from '#reference/pharmacies';
import { changeEventFor } from '../../src/simulators/profile-editor/change-events.ts';
import { allow, eventsOf, refuse, type SentEvent, type System } from './system.ts';

/** Notes one thing that must be so. */
export type Judge = (what: string, isGood: boolean, detail?: string) => void;

export interface Scenario {
  title: string;
  environment?: NodeJS.ProcessEnv;
  /** What is sent; one event each of 120 pharmacies otherwise. */
  events?: () => SentEvent[];
  /** Over how long; error rates look at two periods in a row, so theirs come in over several. */
  sendingMs?: number;
  /** Breaks what the scenario is about, and mends it again. */
  inject(system: System): Promise<void>;
  mend(system: System): Promise<void>;
  /** Goes on while events come in. */
  during?(system: System): Promise<void>;
  /** Titles of the alarms that must reach Slack. */
  alarms: string[];
  /** Whether the messages end as dead letters, to be replayed. */
  hasDeadLetters?: boolean;
  /** Whether alarms are expected to arrive only after mending. */
  alarmsAfterMending?: boolean;
  /** What else must be so at the end. */
  judge?(system: System, judge: Judge): Promise<void>;
}

const nothing = async () => undefined;
const SHORT_MS = 15_000;

/** The five of 10.2, by the part that breaks. */
const parts: Record<string, Scenario> = {
  ingest: {
    title: 'Ingest cannot write what it has taken',
    inject: async ({ sql }) => void (await sql(refuse('directory.received_events', 'update'))),
    mend: async ({ sql }) => void (await sql(allow('directory.received_events'))),
    alarms: ['Ingest Change Event Error Rate', "Change Events DLQ'd"],
    hasDeadLetters: true,
  },
  matcher: {
    title: 'The matcher may not read the directory database',
    inject: async ({ dos }) =>
      void (await dos('alter table pathwaysdos.servicestatuses rename to servicestatuses_away')),
    mend: async ({ dos }) =>
      void (await dos('alter table pathwaysdos.servicestatuses_away rename to servicestatuses')),
    alarms: ['Service Matcher Error Rate', "Holding Queue Message DLQ'd"],
    hasDeadLetters: true,
  },
  sync: {
    title: 'The directory database refuses every update',
    inject: async ({ dos }) => void (await dos(refuse('pathwaysdos.services', 'update'))),
    mend: async ({ dos }) => void (await dos(allow('pathwaysdos.services'))),
    alarms: ['Service Sync Error Rate', "Update Requests DLQ'd"],
    hasDeadLetters: true,
  },
  slack: {
    title: 'Slack refuses messages while the endpoint is refused too',
    inject: async (system) => {
      await system.faults('slack', [{ kind: 'status', status: 500 }]);
      await knockWithWrongKey(system);
    },
    mend: async (system) => {
      await system.faults('slack', []);
      await knockWithWrongKey(system);
    },
    alarms: ['DI 4XX Endpoint Errors'],
    alarmsAfterMending: true,
  },
  endpoint: {
    title: 'The endpoint cannot reach its queue',
    inject: async ({ sql }) => void (await sql(refuse('directory.received_events', 'insert'))),
    mend: async ({ sql }) => void (await sql(allow('directory.received_events'))),
    alarms: ['DI 5XX Endpoint Errors'],
  },
};

/** The additional ones of 10.2. */
const additional: Record<string, Scenario> = {
  kill: {
    title: 'Workers are killed while they write, three times',
    inject: nothing,
    mend: nothing,
    sendingMs: SHORT_MS,
    during: async (system) => {
      for (let left = 3; left > 0; left -= 1) {
        await sleep(SHORT_MS / 4);
        await system.killWorker();
      }
    },
    alarms: [],
  },
  failover: {
    title: 'A failover leaves the directory database read-only',
    inject: (system) => ofDosServer(system, 'set default_transaction_read_only = on'),
    mend: (system) => ofDosServer(system, 'reset default_transaction_read_only'),
    alarms: ['DoS Database Unreachable'],
    judge: noAttemptSpent,
  },
  outage: {
    title: 'The directory database takes no connection',
    inject: (system) => ofDosServer(system, 'with allow_connections false'),
    mend: (system) => ofDosServer(system, 'with allow_connections true'),
    alarms: ['DoS Database Unreachable'],
    judge: noAttemptSpent,
  },
  'replica-lag': {
    title: 'The matcher sees services that have been closed since',
    // What has been matched waits before the step that writes, and meanwhile DoS goes on.
    inject: async (system) => void (await system.signalbox('jobs', 'pause', 'directory.sync_service')),
    mend: async (system) => {
      await system.dos(`update pathwaysdos.services set statusid = 2 where odscode = '${odsCodeAt(0)}'`);
      await system.signalbox('jobs', 'resume', 'directory.sync_service');
    },
    sendingMs: SHORT_MS,
    alarms: [],
    judge: async ({ dos, sql }, judge) => {
      const rows = await dos<{ status: number }>(
        `select statusid as status from pathwaysdos.services where odscode = '${odsCodeAt(0)}' and typeid = 13`,
      );
      judge(
        'the closed service stays closed',
        rows.every(({ status }) => status === 2),
      );
      judge('nothing failed over it', (await sql('select 1 from platform.job_failures')).length === 0);
    },
  },
  'clock-skew': {
    title: 'One of two workers has a clock that is an hour ahead',
    inject: async (system) => system.startWorker({ NODE_OPTIONS: clockAhead(3_600_000) }),
    mend: nothing,
    sendingMs: SHORT_MS,
    alarms: [],
  },
  hanging: {
    title: 'Slack and the mail server hang',
    inject: async (system) => {
      await system.faults('slack', [{ kind: 'delay', delayMs: 120_000 }]);
      await system.faults('mail', [{ kind: 'delay', delayMs: 120_000 }]);
      await system.dos(PENDING_CHANGES);
      await knockWithWrongKey(system);
    },
    mend: async (system) => {
      await system.faults('slack', []);
      await system.faults('mail', []);
    },
    events: () => eventsOf(120).map((event) => ({ ...event, correlationId: `email-${event.correlationId}` })),
    sendingMs: SHORT_MS,
    alarms: [],
    judge: async ({ sql, dos }, judge) => {
      const [slowest] = await sql<{ latency: number }>(
        `select max((properties ->> 'latency')::int) as latency from platform.events where name = 'update_request.succeeded'`,
      );
      judge('no update waited for them', (slowest?.latency ?? 0) < 60_000, `${slowest?.latency} ms at most`);
      const pending = await dos(
        "select 1 from pathwaysdos.changes where id like 'chaos-%' and approvestatus = 'PENDING'",
      );
      judge('every competing change is rejected', pending.length === 0);
    },
  },
  bloat: {
    title: 'A forgotten transaction keeps dead rows in every queue table',
    inject: async ({ url }) => void (await forgetTransaction(url)),
    mend: async ({ sql }) =>
      void (await sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'forgotten'",
      )),
    // Every one of a few services again and again: each leaves dead rows behind.
    events: () => [1, 2, 3, 4, 5, 6, 7, 8].flatMap((version) => eventsOf(250, version)),
    sendingMs: 20_000,
    alarms: [],
    judge: async ({ sql }, judge) => {
      const [slowest] = await sql<{ latency: number }>(
        `select max((properties ->> 'latency')::int) as latency from platform.events where name = 'update_request.succeeded'`,
      );
      judge(
        'the target of two minutes holds',
        (slowest?.latency ?? 0) < 120_000,
        `${slowest?.latency} ms at most`,
      );
    },
  },
  'two-workers': {
    title: 'Two workers share the events of three ODS codes, with numbers beyond 2^53',
    inject: async (system) => system.startWorker({}),
    mend: nothing,
    events: threeCodes,
    sendingMs: SHORT_MS,
    alarms: [],
    judge: async ({ dos, sql }, judge) => {
      for (let index = 0; index < 3; index += 1) {
        const code = odsCodeAt(index);
        const [row] = await dos<{ history: string }>(
          `select history from pathwaysdos.services s join pathwaysdos.servicehistories h on h.serviceid = s.id
           where odscode = '${code}' and typeid = 13`,
        );
        const phones = [...(row?.history ?? '').matchAll(/"cmstelephoneno":\{[^}]*"data":"(\d+)"/g)]
          .map((match) => match[1] ?? '')
          .filter((phone) => phone.startsWith('0163299'));
        // Requests that are sent together may arrive in another order; the older one is then rightly left out.
        const late = await sql(
          `select 1 from platform.events where name = 'change_event.ignored' and properties ->> 'ods_code' = '${code}'`,
        );
        const isOrdered = phones.every((phone, at) => at === 0 || phone < (phones[at - 1] ?? ''));
        judge(
          `the updates of ${code} came in order, each once, up to the last`,
          isOrdered && phones[0] === '01632990039' && phones.length + late.length === 40,
          `${phones.length} applied, ${late.length} came too late`,
        );
      }
    },
  },
  dst: {
    title: 'The clocks go back: the processes live through 25 October, 01:59 to 01:00',
    environment: {
      // A minute before the hour is repeated in London; PostgreSQL keeps the true time.
      NODE_OPTIONS: clockAhead(Date.parse('2026-10-25T00:59:30Z') - Date.now()),
    },
    inject: nothing,
    mend: nothing,
    events: () => [1, 2].flatMap((version) => eventsOf(60, version)),
    sendingMs: 60_000,
    alarms: [],
    judge: async ({ dos }, judge) => {
      const rows = await dos<{ at: string; key: string }>(
        `select to_char(modifiedtime, 'HH24:MI') as at, substring(history from '^\\{"(\\d+)"') as key
         from pathwaysdos.services s join pathwaysdos.servicehistories h on h.serviceid = s.id
         where modifiedby = 'DOS_INTEGRATION' and history like '%"DOS_INTEGRATION"%'`,
      );
      const [from, to] = ['2026-10-25T00:59:00Z', '2026-10-25T01:10:00Z'].map(
        (time) => Date.parse(time) / 1_000,
      );
      judge(
        'histories go by the moment, which is not repeated',
        rows.length > 0 && rows.every(({ key }) => Number(key) >= (from ?? 0) && Number(key) <= (to ?? 0)),
        `${rows.length} services`,
      );
      judge(
        'DoS is told the time on the wall, which is',
        rows.every(({ at }) => /^01:(59|0\d)$/.test(at)),
        [...new Set(rows.map(({ at }) => at))].sort().join(', '),
      );
    },
  },
};

export const SCENARIOS: Record<string, Scenario> = { ...parts, ...additional };

async function knockWithWrongKey(system: System): Promise<void> {
  const event = { sequence: '1', body: '{}', correlationId: 'knock' };
  const answer = await system.post(event, 'wrong');
  if (answer !== 403) throw new Error(`A wrong key was answered with ${answer}`);
}

/** Changes the DoS database as its owner, and ends the connections that knew it otherwise. */
async function ofDosServer(system: System, change: string): Promise<void> {
  const name = decodeURIComponent(new URL(siblingUrl(system.url, 'dos')).pathname.slice(1));
  await system.sql(`alter database "${name}" ${change}`);
  await system.sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
}

async function noAttemptSpent({ sql }: System, judge: Judge): Promise<void> {
  const failures = await sql("select 1 from platform.job_failures where task like 'directory.%'");
  judge(
    'no attempt was spent and nothing is a dead letter',
    failures.length === 0,
    `${failures.length} failures`,
  );
}

/** Options of a Node process whose clock is so many milliseconds ahead. */
function clockAhead(ms: number): string {
  const script = `const Real = Date; const ahead = ${ms};
    globalThis.Date = class extends Real {
      constructor(...given) { if (given.length === 0) super(Real.now() + ahead); else super(...given); }
      static now() { return Real.now() + ahead; }
    };`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}

/** A session that began to read and was left open: nothing that dies from now on can be vacuumed. */
async function forgetTransaction(url: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, application_name: 'forgotten' });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin isolation level repeatable read');
  await client.query('select 1 from pgboss.job limit 1');
}

/** An edit by the seeded editor for each pharmacy that is sent, competing with the event. */
const PENDING_CHANGES = `insert into pathwaysdos.changes
    (id, approvestatus, type, initiatorname, servicename, value, creatorsname, serviceid)
  select 'chaos-' || s.id, 'PENDING', 'modify', 'x', 'x', '{"new":{"cmsurl":{"data":"www.example.org"}}}',
    (select username from pathwaysdos.users where email is not null limit 1), s.id
  from pathwaysdos.services s where typeid = 13 and odscode in (${Array.from({ length: 120 }, (_, index) => `'${odsCodeAt(index)}'`).join(', ')})`;

/** Forty events for each of three codes; their numbers differ only where a double cannot tell. */
function threeCodes(): SentEvent[] {
  return Array.from({ length: 120 }, (_, index) => {
    const [code, step] = [index % 3, Math.floor(index / 3)];
    const body = changeEventFor({ odsCode: odsCodeAt(code), version: 0 }) as {
      Contacts: { ContactValue: string }[];
    };
    const [phone] = body.Contacts;
    if (phone) phone.ContactValue = `0163299${String(step).padStart(4, '0')}`;
    return {
      sequence: String(1_782_345_678_901_234_000n + BigInt(step)),
      body: JSON.stringify(body),
      correlationId: `chaos-${code}-${step}`,
    };
  });
}
