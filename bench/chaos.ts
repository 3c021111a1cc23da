// The five chaos scenarios of the directory, each with real processes and a verdict: something breaks while change events
// come in, alarms must tell, and once it is mended everything must be in the directory, once. Nothing is found by trust:
// at the end a dry run of all that was sent must find nothing left to change.
// Usage: chaos.ts [ingest | matcher | sync | slack | endpoint | all]
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { siblingUrl } from '#platform/db';
import { odsCodeAt } from '#reference/pharmacies';
import { changeEventFor } from '../src/simulators/profile-editor/change-events.ts';
import { checkHistories, databaseUrl, queryOf, waitUntilReady } from './instance.ts';

interface Scenario {
  title: string;
  /** Breaks what the scenario is about, and mends it again. */
  inject(system: System): Promise<void>;
  mend(system: System): Promise<void>;
  /** Titles of the alarms that must reach Slack, or null when Slack is what is broken. */
  alarms: string[];
  /** Whether the messages end as dead letters, to be replayed. */
  hasDeadLetters: boolean;
  /** Whether alarms are expected to arrive only after mending. */
  alarmsAfterMending?: boolean;
}

const SCENARIOS: Record<string, Scenario> = {
  ingest: {
    title: 'Ingest cannot write what it has taken',
    inject: ({ sql }) => sql(refuse('directory.received_events', 'update')),
    mend: ({ sql }) => sql(allow('directory.received_events')),
    alarms: ['Ingest Change Event Error Rate', "Change Events DLQ'd"],
    hasDeadLetters: true,
  },
  matcher: {
    title: 'The matcher may not read the directory database',
    inject: ({ dos }) => dos('alter table pathwaysdos.servicestatuses rename to servicestatuses_away'),
    mend: ({ dos }) => dos('alter table pathwaysdos.servicestatuses_away rename to servicestatuses'),
    alarms: ['Service Matcher Error Rate', "Holding Queue Message DLQ'd"],
    hasDeadLetters: true,
  },
  sync: {
    title: 'The directory database refuses every update',
    inject: ({ dos }) => dos(refuse('pathwaysdos.services', 'update')),
    mend: ({ dos }) => dos(allow('pathwaysdos.services')),
    alarms: ['Service Sync Error Rate', "Update Requests DLQ'd"],
    hasDeadLetters: true,
  },
  slack: {
    title: 'Slack refuses messages while the endpoint is refused too',
    inject: async (system) => {
      await system.slackFaults([{ kind: 'status', status: 500 }]);
      await system.knockWithWrongKey();
    },
    mend: async (system) => {
      await system.slackFaults([]);
      await system.knockWithWrongKey();
    },
    alarms: ['DI 4XX Endpoint Errors'],
    hasDeadLetters: false,
    alarmsAfterMending: true,
  },
  endpoint: {
    title: 'The endpoint cannot reach its queue',
    inject: ({ sql }) => sql(refuse('directory.received_events', 'insert')),
    mend: ({ sql }) => sql(allow('directory.received_events')),
    alarms: ['DI 5XX Endpoint Errors'],
    hasDeadLetters: false,
  },
};

const EVENTS = 120;
const PORT = Number(process.env.SIGNALBOX_PORT_BASE ?? 18_720);
const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
/** Seconds that count as a minute for the alarms, so that a rehearsal takes one minute and not ten. */
const MINUTE_SECONDS = 5;
const SENDING_MS = 45_000;
const PATIENCE_MS = 180_000;

interface System {
  sql(text: string): Promise<void>;
  dos(text: string): Promise<void>;
  slackFaults(faults: object[]): Promise<void>;
  knockWithWrongKey(): Promise<void>;
}

const names =
  process.argv[2] === undefined || process.argv[2] === 'all' ? Object.keys(SCENARIOS) : [process.argv[2]];
for (const name of names) {
  const scenario = SCENARIOS[name];
  if (!scenario) throw new Error(`There is no scenario ${name}: ${Object.keys(SCENARIOS).join(', ')}`);
  if (!(await rehearse(name, scenario))) process.exitCode = 1;
}

async function rehearse(name: string, scenario: Scenario): Promise<boolean> {
  console.log(`\n${name}: ${scenario.title}`);
  const dataDir = mkdtempSync(join(tmpdir(), `signalbox-chaos-${name}-`));
  const apiKey = randomBytes(40).toString('hex');
  const environment = {
    ...process.env,
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_PORT_BASE: String(PORT),
    SIGNALBOX_MODULES: 'directory',
    NHS_UK_API_KEY: apiKey,
    ENVIRONMENT: 'chaos',
    DIRECTORY_ALARM_MINUTE_SECONDS: String(MINUTE_SECONDS),
    DIRECTORY_EMBEDDED_PHARMACIES: '1000',
  };
  const instance = spawn(process.execPath, [MAIN, 'start', '--logs', 'files'], {
    env: environment,
    stdio: 'ignore',
  });
  const verdicts: [what: string, isGood: boolean, detail: string][] = [];
  const judge = (what: string, isGood: boolean, detail = '') => {
    verdicts.push([what, isGood, detail]);
    console.log(`  ${isGood ? 'ok    ' : 'FAILED'} ${what}${detail === '' ? '' : `: ${detail}`}`);
  };
  try {
    await waitUntilReady(`http://127.0.0.1:${PORT}`, 120);
    const url = await databaseUrl(dataDir);
    const system = systemOf(url, apiKey);
    const startedAt = new Date();
    await scenario.inject(system);
    const sending = sendEvents(apiKey);
    // Awaited below; until then a fault must not count as unhandled.
    sending.catch(() => undefined);
    const alarmed = scenario.alarmsAfterMending ? undefined : await waitForAlarms(scenario.alarms, judge);
    if (name !== 'endpoint') await sending;
    if (scenario.hasDeadLetters) {
      await eventually(
        async () => (await isIdle(url)) && (await deadLetters(url)) >= (await failedEvents(url)),
      );
      const [failed, dead] = [await failedEvents(url), await deadLetters(url)];
      // An update that has nothing to write does not meet a directory that refuses writes.
      const least = name === 'sync' ? EVENTS / 2 : EVENTS;
      judge(
        'every message that failed is dead-lettered',
        dead === failed && failed >= least,
        `${dead} of ${failed}`,
      );
      const attempts = await attemptsOf(url);
      judge(
        'no message had more or fewer attempts',
        attempts.every((count) => count === 5),
        attempts.join(', '),
      );
      judge(
        'every event is stored and can be replayed',
        (await storedEvents(url)) === EVENTS,
        `${await storedEvents(url)} of ${EVENTS}`,
      );
    }
    await scenario.mend(system);
    if (scenario.alarmsAfterMending) await waitForAlarms(scenario.alarms, judge);
    const sent = await sending;
    judge(
      'the endpoint accepted every event in the end',
      sent.accepted === EVENTS,
      `${sent.accepted} accepted, ${sent.retries} tried again`,
    );
    if (name === 'endpoint') judge('it answered with an error while it could not store', sent.retries > 0);
    await eventually(() => isIdle(url));
    if (scenario.hasDeadLetters) {
      const replay = JSON.parse(
        await signalbox(['directory', 'replay', '--since', startedAt.toISOString(), '--json'], environment),
      );
      judge('a replay queues them again', replay.queued === EVENTS, `${replay.queued} of ${EVENTS}`);
      await eventually(() => isIdle(url));
    }
    const file = join(dataDir, 'sent.jsonl');
    writeFileSync(file, sent.lines.join('\n'));
    const left = JSON.parse(await signalbox(['directory', 'dry-run', '--file', file, '--json'], environment));
    judge(
      'a dry run of all that was sent finds nothing left to change',
      left.changed_services === 0 && left.events === EVENTS,
      `${left.changed_services} services differ`,
    );
    const [written] = await queryOf<{ count: number }>(
      url,
      "select count(*)::int as count from platform.events where name = 'update_request.succeeded' and properties ->> 'changed' = 'true'",
    );
    const histories = await checkHistories(dataDir, written?.count ?? 0);
    judge(
      'nothing is written twice or without a report',
      histories.repeatedHistoryEntries === 0 && histories.historyEntriesNotReported === 0,
      `${histories.historyEntries} history entries`,
    );
    if (alarmed !== undefined)
      console.log(
        `         alarms came ${alarmed} s after the first event, at ${MINUTE_SECONDS} s to the minute`,
      );
  } finally {
    instance.kill('SIGTERM');
    if (instance.exitCode === null) await once(instance, 'exit');
    rmSync(dataDir, { recursive: true, force: true });
  }
  const isPassed = verdicts.every(([, isGood]) => isGood);
  console.log(`${isPassed ? 'PASSED' : 'FAILED'}: ${name}`);
  return isPassed;
}

function refuse(table: string, operation: string): string {
  return `create function ${table}_refuse() returns trigger language plpgsql as $$ begin raise 'chaos'; end $$;
    create trigger refuse before ${operation} on ${table} for each row execute function ${table}_refuse()`;
}

function allow(table: string): string {
  return `drop trigger refuse on ${table}; drop function ${table}_refuse()`;
}

function systemOf(url: string, apiKey: string): System {
  return {
    sql: async (text) => void (await queryOf(url, text)),
    dos: async (text) => void (await queryOf(siblingUrl(url, 'dos'), text)),
    slackFaults: async (faults) => {
      const answer = await fetch(`http://127.0.0.1:${PORT + 20}/slack/faults`, {
        method: 'PUT',
        body: JSON.stringify(faults),
      });
      if (!answer.ok)
        throw new Error(`The simulated Slack answered ${answer.status}: ${await answer.text()}`);
    },
    knockWithWrongKey: async () => {
      const answer = await post(`${apiKey}x`, { sequence: 1, body: '{}', correlationId: 'knock' });
      if (answer !== 403) throw new Error(`A wrong key was answered with ${answer}`);
    },
  };
}

/** Sends every event until it is accepted, a few at a time; an error is tried again under the same ids. */
async function sendEvents(apiKey: string) {
  const events = Array.from({ length: EVENTS }, (_, index) => ({
    index,
    sequence: 1_000 + index,
    body: JSON.stringify(changeEventFor({ odsCode: odsCodeAt(index), version: 1 })),
    correlationId: `chaos-${index}`,
  }));
  const startedAt = Date.now();
  let accepted = 0;
  let retries = 0;
  const waiting = events.values();
  const sendNext = async () => {
    for (const event of waiting) {
      // Error rates look at two periods in a row, so the events come in over several.
      await sleep(Math.max(0, startedAt + (event.index * SENDING_MS) / EVENTS - Date.now()));
      for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(1_000)) {
        const status = await post(apiKey, event);
        if (status === 200) {
          accepted += 1;
          break;
        }
        retries += 1;
        if (Date.now() > deadline) throw new Error(`The endpoint still answers ${status}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, sendNext));
  return {
    accepted,
    retries,
    lines: events.map(({ sequence, body }) => `{"sequence_number":${sequence},"event":${body}}`),
  };
}

async function post(
  apiKey: string,
  event: { sequence: number; body: string; correlationId: string },
): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${PORT + 3}/v1/change-event`, {
    method: 'POST',
    headers: {
      'x-api-key': apiKey,
      'content-type': 'application/json',
      'sequence-number': String(event.sequence),
      'correlation-id': event.correlationId,
    },
    body: event.body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** Seconds until the last of them had come. */
async function waitForAlarms(
  titles: string[],
  judge: (what: string, isGood: boolean, detail?: string) => void,
): Promise<number> {
  const startedAt = Date.now();
  for (const title of titles) {
    const wanted = `chaos | ${title}`;
    const isSeen = await eventually(async () => {
      const answer = await fetch(`http://127.0.0.1:${PORT + 20}/slack/calls`);
      return (await answer.text()).includes(wanted);
    });
    judge(`Slack shows "${wanted}"`, isSeen);
  }
  return Math.round((Date.now() - startedAt) / 1_000);
}

async function eventually(condition: () => Promise<boolean>): Promise<boolean> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(500)) {
    if (await condition()) return true;
    if (Date.now() > deadline) return false;
  }
}

async function deadLetters(url: string): Promise<number> {
  const [row] = await queryOf<{ count: number }>(
    url,
    `select count(distinct correlation_id)::int as count from platform.events where name = 'report.raised'
     and properties ->> 'report_key' in ('CHANGE_EVENT_DLQ_HANDLER_RECEIVED_EVENT', 'DOS_DB_UPDATE_DLQ_HANDLER_RECEIVED_EVENT')`,
  );
  return row?.count ?? 0;
}

async function failedEvents(url: string): Promise<number> {
  const [row] = await queryOf<{ count: number }>(
    url,
    `select count(distinct correlation_id)::int as count from platform.job_failures
     where state = 'failed' and task in ('directory.ingest_change_event', 'directory.match_services', 'directory.sync_service')`,
  );
  return row?.count ?? 0;
}

async function attemptsOf(url: string): Promise<number[]> {
  const rows = await queryOf<{ attempts: number }>(
    url,
    `select distinct (attempts -> -1 ->> 'attempt')::int as attempts from platform.job_failures
     where state = 'failed' and task like 'directory.%' order by 1`,
  );
  return rows.map(({ attempts }) => attempts);
}

async function storedEvents(url: string): Promise<number> {
  const [row] = await queryOf<{ count: number }>(
    url,
    'select count(*)::int as count from directory.change_events',
  );
  return row?.count ?? 0;
}

async function isIdle(url: string): Promise<boolean> {
  const [row] = await queryOf<{ left: number }>(
    url,
    `select count(*)::int as left from pgboss.job where state < 'completed' and name in ('directory.ingest_change_event',
     'directory.match_services', 'directory.sync_service', 'directory.replay_events')`,
  );
  return row?.left === 0;
}

async function signalbox(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`signalbox ${args.join(' ')} ended with ${code}`);
  return output;
}
