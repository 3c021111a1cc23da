import {
  durationOf,
  errorsOf,
  invocationsOf,
  SIGNALS,
  UPDATED_FIELD,
  WATCHED_WORKERS,
} from '../alarms/alarm-rules.ts';
import type { DirectoryContext } from '../context.ts';
import { readReleases } from '../releases/releases.ts';
import type { Worker } from '../reports/workers.ts';
import { ingestChangeEventTask, matchServicesTask, syncServiceTask } from '../tasks/definitions.ts';
import { type Chart, drawChart } from './chart.ts';
import { listSignalColumns, type SignalColumn, type SignalTotal, sumSignals } from './dashboard-queries.ts';

/** The line that the original calls "Above SLA": two minutes from acceptance to DoS. */
const SLA_MS = 120_000;
/** Errors of a worker as a share of its runs, from which on they are red. */
const ERROR_SHARE = 0.01;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const COLUMN_MS = 5 * MINUTE_MS;
const COLUMNS_MS = 2 * HOUR_MS;

/** System health counters for one hour, under the words of the original's dashboard (8.4). */
const COUNTERS: [label: string, signal: string][] = [
  ['Change events received', 'ChangeEventReceived'],
  ['Update requests sent', 'UpdateRequestSent'],
  ['Update requests succeeded', 'UpdateRequestSuccess'],
  ['Update requests failed', 'UpdateRequestFailed'],
  ['Service updates', 'DoSAllServiceUpdates'],
  ['Invalid postcodes', 'InvalidPostcode'],
  ['Invalid opening times', 'InvalidOpenTimes'],
  ['E-mails sent', 'EmailSent'],
  ['E-mails failed', 'EmailFailed'],
  ['Quality checker findings', 'QualityCheckerIssueFound'],
];

const DEAD_LETTERS: [label: string, signal: string][] = [
  ['Change events', SIGNALS.changeEventDeadLetter],
  ['Holding queue messages', SIGNALS.holdingDeadLetter],
  ['Update requests', SIGNALS.updateRequestDeadLetter],
];

const QUEUES = [
  { label: 'Change events', task: ingestChangeEventTask.name, waiting: SIGNALS.changeEventsWaiting },
  { label: 'Holding queue', task: matchServicesTask.name, waiting: SIGNALS.holdingWaiting },
  { label: 'Update requests', task: syncServiceTask.name, waiting: SIGNALS.updateRequestsWaiting },
];

/** The panels of the original's monitoring dashboard (8.4), as far as a client of DoS can know. */
export type Dashboard = Awaited<ReturnType<typeof readDashboard>>;

/** @param release the release whose figures are shown; the linked one, or else that of this process, when undefined. */
export async function readDashboard(ctx: DirectoryContext, release: string | undefined) {
  const { kysely } = ctx.db;
  const now = ctx.clock.now();
  const releases = await readReleases(ctx);
  const { connected_blue_green_environment: linked, previous_blue_green_environment: previous } = releases;
  const own = ctx.alarms.environments.release;
  const choices = [
    ...new Set([...(linked === 'NA' ? [own] : [linked]), ...(previous === 'NA' ? [] : [previous])]),
  ];
  const environment = choices.find((name) => name === release) ?? choices[0] ?? own;
  const environments = [ctx.alarms.environments.shared, environment];
  const ago = (ms: number) => sumSignals(kysely, environments, new Date(now.getTime() - ms));
  const [fiveMinutes, hour, day] = [await ago(5 * MINUTE_MS), await ago(HOUR_MS), await ago(24 * HOUR_MS)];
  const queues = await ctx.jobs.queues(QUEUES.map(({ task }) => task));
  const since = new Date(Math.floor((now.getTime() - COLUMNS_MS) / COLUMN_MS + 1) * COLUMN_MS);
  const columns = await listSignalColumns(kysely, environments, { names: CHARTED, since });
  const countOf = (signal: string) => hour.get(signal)?.count ?? 0;
  return {
    now,
    environment,
    choices,
    linked,
    previous,
    sharedEnvironment: ctx.alarms.environments.shared,
    latency: [
      latencyGauge('Last 5 minutes', fiveMinutes),
      latencyGauge('Last hour', hour),
      latencyGauge('Last 24 hours', day),
    ],
    counters: COUNTERS.map(([label, signal]) => ({ label, count: countOf(signal) })),
    workers: WATCHED_WORKERS.map(([worker, title]) => workerRow(worker, title, hour)),
    endpoint: {
      requests: countOf(SIGNALS.endpointRequests),
      averageMs: averageOf(hour.get(SIGNALS.endpointRequests)),
      maximumMs: hour.get(SIGNALS.endpointRequests)?.maximum ?? null,
      refused: countOf(SIGNALS.endpoint4xx),
      failed: countOf(SIGNALS.endpoint5xx),
    },
    deadLetters: DEAD_LETTERS.map(([label, signal]) => ({ label, count: countOf(signal) })),
    queues: QUEUES.map(({ label, task }) => {
      const state = queues.find(({ queue }) => queue === task);
      const { waiting = 0, active = 0, retrying = 0, oldestWaitingSeconds = null } = state ?? {};
      return {
        label,
        waiting: waiting + retrying,
        active,
        oldestMs: oldestWaitingSeconds === null ? null : oldestWaitingSeconds * 1_000,
      };
    }),
    dos: {
      connections: averageOf(fiveMinutes.get(SIGNALS.dosConnections)),
      lagSeconds: fiveMinutes.get(SIGNALS.dosReplicaLag)?.maximum ?? null,
    },
    fields: updatedFields(hour),
    charts: drawCharts(columns, since, now),
  };
}

type Totals = ReadonlyMap<string, SignalTotal>;

function latencyGauge(label: string, totals: Totals) {
  const latency = totals.get(SIGNALS.latency);
  const averageMs = averageOf(latency);
  return {
    label,
    averageMs,
    maximumMs: latency?.maximum ?? null,
    isAboveSla: averageMs !== null && averageMs > SLA_MS,
  };
}

function averageOf(total: SignalTotal | undefined): number | null {
  return total && total.count > 0 ? total.total / total.count : null;
}

function workerRow(worker: Worker, title: string, totals: Totals) {
  const runs = totals.get(invocationsOf(worker))?.count ?? 0;
  const errors = totals.get(errorsOf(worker))?.count ?? 0;
  const share = runs > 0 ? errors / runs : 0;
  return {
    title,
    runs,
    errors,
    successPercent: runs > 0 ? Math.round((1 - share) * 1_000) / 10 : null,
    isFailing: share >= ERROR_SHARE,
    durationMs: averageOf(totals.get(durationOf(worker))),
  };
}

function updatedFields(totals: Totals) {
  const fields = [...totals.values()]
    .filter(({ name }) => name.startsWith(UPDATED_FIELD))
    .map(({ name, count }) => ({ field: name.slice(UPDATED_FIELD.length), count }))
    .sort((a, b) => b.count - a.count || (a.field < b.field ? -1 : 1));
  const sum = fields.reduce((total, { count }) => total + count, 0);
  return fields.map((field) => ({ ...field, percent: Math.round((field.count / sum) * 100) }));
}

/** What one column of a chart stands for. */
type Figure = (column: SignalColumn) => number;
const counted: Figure = ({ count }) => count;
const averageMinutes: Figure = ({ total, count }) => total / count / MINUTE_MS;
const longestMinutes: Figure = ({ maximum }) => maximum / MINUTE_MS;
const averaged: Figure = ({ total, count }) => total / count;
const highest: Figure = ({ maximum }) => maximum;

const CHARTS: { title: string; unit: string; signal: string; figure: Figure }[] = [
  { title: 'Latency, average', unit: 'minutes', signal: SIGNALS.latency, figure: averageMinutes },
  { title: 'Latency, maximum', unit: 'minutes', signal: SIGNALS.latency, figure: longestMinutes },
  { title: 'Requests to the endpoint', unit: 'requests', signal: SIGNALS.endpointRequests, figure: counted },
  { title: 'Endpoint errors, 4XX', unit: 'answers', signal: SIGNALS.endpoint4xx, figure: counted },
  { title: 'Endpoint errors, 5XX', unit: 'answers', signal: SIGNALS.endpoint5xx, figure: counted },
  { title: 'Fields updated in DoS', unit: 'fields', signal: 'DoSAllServiceUpdates', figure: counted },
  ...QUEUES.map(({ label, waiting }) => ({
    ...{ title: `${label} waiting, most`, unit: 'messages', signal: waiting, figure: highest },
  })),
  { title: 'Connections to DoS', unit: 'connections', signal: SIGNALS.dosConnections, figure: averaged },
  { title: 'Replica lag of DoS, most', unit: 'seconds', signal: SIGNALS.dosReplicaLag, figure: highest },
];
const CHARTED = [...new Set(CHARTS.map(({ signal }) => signal))];

function drawCharts(columns: SignalColumn[], since: Date, now: Date): Chart[] {
  return CHARTS.map(({ title, unit, signal, figure }) => {
    const values = new Map(
      columns.filter(({ name }) => name === signal).map((column) => [column.at.getTime(), figure(column)]),
    );
    return drawChart({ title, unit, values, since, now, columnMs: COLUMN_MS });
  });
}
