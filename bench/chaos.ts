// Chaos scenarios of the directory, each with real processes and a verdict: something breaks while change events come
// in, alarms must tell, and once it is mended everything must be in the directory, once. Nothing is found by trust: at
// the end a dry run of all that was sent must find nothing left to change.
// Usage: chaos.ts [<scenario> | all | list]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rehearseDisaster } from './chaos/disaster.ts';
import { type Judge, SCENARIOS, type Scenario } from './chaos/scenarios.ts';
import {
  eventsOf,
  eventually,
  MINUTE_SECONDS,
  type SentEvent,
  type System,
  sendAll,
  startSystem,
} from './chaos/system.ts';
import { checkHistories } from './instance.ts';

const DISASTER = 'The machine is lost, and a backup brings everything back';
const EVENTS = 120;
const SENDING_MS = 45_000;

const REHEARSALS: Record<string, () => Promise<boolean>> = {
  ...Object.fromEntries(
    Object.entries(SCENARIOS).map(([name, scenario]) => [
      name,
      () => withVerdict(name, scenario.title, (judge) => rehearse(name, scenario, judge)),
    ]),
  ),
  disaster: () => withVerdict('disaster', DISASTER, rehearseDisaster),
};

async function runAll(wanted: string): Promise<void> {
  for (const name of wanted === 'all' ? Object.keys(REHEARSALS) : [wanted]) {
    const rehearsal = REHEARSALS[name];
    if (!rehearsal) {
      console.error(`There is no scenario ${name}: ${Object.keys(REHEARSALS).join(', ')}, all`);
      process.exitCode = 2;
    } else if (!(await rehearsal())) process.exitCode = 1;
  }
}

async function withVerdict(
  name: string,
  title: string,
  work: (judge: Judge) => Promise<void>,
): Promise<boolean> {
  console.log(`\n${name}: ${title}`);
  let isPassed = true;
  await work((what, isGood, detail = '') => {
    if (!isGood) isPassed = false;
    console.log(`  ${isGood ? 'ok    ' : 'FAILED'} ${what}${detail === '' ? '' : `: ${detail}`}`);
  });
  console.log(`${isPassed ? 'PASSED' : 'FAILED'}: ${name}`);
  return isPassed;
}

async function rehearse(name: string, scenario: Scenario, judge: Judge): Promise<void> {
  const { environment = {}, events = () => eventsOf(EVENTS), sendingMs = SENDING_MS } = scenario;
  const system = await startSystem({ name, environment });
  try {
    const startedAt = new Date(Date.now() + clockOffsetOf(scenario));
    const sentEvents = events();
    await scenario.inject(system);
    const sending = sendAll(system, sentEvents, sendingMs);
    // Awaited below; until then a fault must not count as unhandled.
    sending.catch(() => undefined);
    const during = scenario.during?.(system);
    const alarmed = scenario.alarmsAfterMending
      ? undefined
      : await waitForAlarms(system, scenario.alarms, judge);
    await during;
    if (name !== 'endpoint') await sending;
    if (scenario.hasDeadLetters) await judgeDeadLetters(name, system, judge);
    await scenario.mend(system);
    if (scenario.alarmsAfterMending) await waitForAlarms(system, scenario.alarms, judge);
    const { accepted, retries } = await sending;
    judge(
      'the endpoint accepted every event in the end',
      accepted === sentEvents.length,
      `${accepted} accepted, ${retries} tried again`,
    );
    if (name === 'endpoint') judge('it answered with an error while it could not store', retries > 0);
    judge('no job is left', await eventually(() => system.isIdle()));
    if (scenario.hasDeadLetters) await replay(system, startedAt, judge);
    await judgeState(system, sentEvents, judge);
    await scenario.judge?.(system, judge);
    if (alarmed !== undefined && scenario.alarms.length > 0) {
      console.log(
        `         alarms came ${alarmed} s after the first event, at ${MINUTE_SECONDS} s to the minute`,
      );
    }
  } finally {
    await system.stop();
  }
}

/** Scenarios with another clock have no dead letters to be replayed by time. */
function clockOffsetOf({ hasDeadLetters, environment }: Scenario): number {
  if (hasDeadLetters && environment?.NODE_OPTIONS) throw new Error('A replay goes by the true time');
  return 0;
}

async function judgeDeadLetters(name: string, system: System, judge: Judge): Promise<void> {
  const counts = async () => [await countOf(system, FAILED), await countOf(system, DEAD)] as const;
  await eventually(async () => {
    const [failed, dead] = await counts();
    return dead >= failed && (await system.isIdle());
  });
  const [failed, dead] = await counts();
  // An update that has nothing to write does not meet a directory that refuses writes.
  const least = name === 'sync' ? EVENTS / 2 : EVENTS;
  judge(
    'every message that failed is dead-lettered',
    dead === failed && failed >= least,
    `${dead} of ${failed}`,
  );
  const attempts = await system.sql<{ attempts: number }>(ATTEMPTS);
  judge(
    'no message had more or fewer attempts',
    attempts.every((row) => row.attempts === 5),
    attempts.map((row) => row.attempts).join(', '),
  );
  const stored = await countOf(system, 'select count(*)::int as count from directory.change_events');
  judge('every event is stored and can be replayed', stored === EVENTS, `${stored} of ${EVENTS}`);
}

const FAILED = `select count(distinct correlation_id)::int as count from platform.job_failures
  where state = 'failed' and task in ('directory.ingest_change_event', 'directory.match_services', 'directory.sync_service')`;
const DEAD = `select count(distinct correlation_id)::int as count from platform.events where name = 'report.raised'
  and properties ->> 'report_key' in ('CHANGE_EVENT_DLQ_HANDLER_RECEIVED_EVENT', 'DOS_DB_UPDATE_DLQ_HANDLER_RECEIVED_EVENT')`;
const ATTEMPTS = `select distinct (attempts -> -1 ->> 'attempt')::int as attempts from platform.job_failures
  where state = 'failed' and task like 'directory.%' order by 1`;

async function countOf(system: System, text: string): Promise<number> {
  const [row] = await system.sql<{ count: number }>(text);
  return row?.count ?? 0;
}

async function replay(system: System, since: Date, judge: Judge): Promise<void> {
  const run = JSON.parse(
    await system.signalbox('directory', 'replay', '--since', since.toISOString(), '--json'),
  );
  judge('a replay queues them again', run.queued === EVENTS, `${run.queued} of ${EVENTS}`);
  await eventually(() => system.isIdle());
}

/** Whether the directory says what was sent, and every change of it was told once. */
async function judgeState(system: System, sent: SentEvent[], judge: Judge): Promise<void> {
  const file = join(system.dataDir, 'sent.jsonl');
  writeFileSync(file, newestOf(sent).join('\n'));
  const left = JSON.parse(await system.signalbox('directory', 'dry-run', '--file', file, '--json'));
  judge(
    'a dry run of all that was sent finds nothing left to change',
    left.changed_services === 0 && left.events > 0,
    `${left.changed_services} services differ`,
  );
  const written = await countOf(
    system,
    "select count(*)::int as count from platform.events where name = 'update_request.succeeded' and properties ->> 'changed' = 'true'",
  );
  const histories = await checkHistories(system.dataDir, written);
  judge(
    'nothing is written twice or without a report',
    histories.repeatedHistoryEntries === 0 && histories.historyEntriesNotReported === 0,
    `${histories.historyEntries} history entries`,
  );
}

/** The last event of each ODS code, as a line of a dry run's file. */
function newestOf(sent: SentEvent[]): string[] {
  const newest = new Map<string, string>();
  for (const { sequence, body } of sent) {
    newest.set(/"ODSCode":"(\w+)"/.exec(body)?.[1] ?? '', `{"sequence_number":${sequence},"event":${body}}`);
  }
  return [...newest.values()];
}

/** Seconds until the last of them had come. */
async function waitForAlarms(system: System, titles: string[], judge: Judge): Promise<number> {
  const startedAt = Date.now();
  for (const title of titles) {
    const wantedText = `chaos | ${title}`;
    const isSeen = await eventually(async () => (await system.slackTexts()).includes(wantedText));
    judge(`Slack shows "${wantedText}"`, isSeen);
  }
  return Math.round((Date.now() - startedAt) / 1_000);
}

// Last, because everything above must be there before it begins.
const wanted = process.argv[2] ?? 'all';
if (wanted === 'list') {
  for (const [name, { title }] of Object.entries(SCENARIOS)) console.log(`${name.padEnd(12)} ${title}`);
  console.log(`${'disaster'.padEnd(12)} ${DISASTER}`);
} else await runAll(wanted);
