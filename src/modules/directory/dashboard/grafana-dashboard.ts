import { errorsOf, invocationsOf, SIGNALS, WATCHED_WORKERS } from '../alarms/alarm-rules.ts';
import { ingestChangeEventTask, matchServicesTask, syncServiceTask } from '../tasks/definitions.ts';

/**
 * The monitoring dashboard of the original (8.4) as a Grafana dashboard over the metrics of `/metrics`, for provisioning
 * from a file. One variable chooses the release, another the Prometheus.
 */
export function grafanaDashboard(): object {
  return {
    uid: 'signalbox-directory',
    title: 'uec-dos-int monitoring dashboard',
    description: 'Made by: signalbox directory dashboard. Change dashboard/grafana-dashboard.ts instead.',
    tags: ['signalbox', 'directory'],
    schemaVersion: 39,
    editable: false,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [
        { name: 'prometheus', type: 'datasource', query: 'prometheus', label: 'Prometheus' },
        {
          ...{ name: 'environment', type: 'query', label: 'Release', datasource: DATASOURCE },
          ...{
            query: `label_values(${SIGNAL_METRIC}{signal="UpdateRequestSuccess"}, environment)`,
            refresh: 2,
          },
        },
      ],
    },
    panels: place(PANELS),
  };
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana's.
const DATASOURCE = { type: 'prometheus', uid: '${prometheus}' };
const SIGNAL_METRIC = 'signalbox_directory_signals_total';
const LATENCY = 'signalbox_directory_event_to_dos_seconds';
/** Seconds of the line "Above SLA". */
const SLA_SECONDS = 120;

interface Panel {
  title: string;
  type: 'stat' | 'gauge' | 'timeseries' | 'piechart';
  unit?: string;
  /** Of 24 columns. */
  width: number;
  red?: number;
  targets: { expr: string; legend: string }[];
}

/** A counter of one release, over a window. */
function increase(signal: string, window: string): string {
  return `sum(increase(${SIGNAL_METRIC}{signal="${signal}",environment="$environment"}[${window}]))`;
}

function increaseOfAll(signal: string, window: string): string {
  return `sum(increase(${SIGNAL_METRIC}{signal="${signal}"}[${window}]))`;
}

function averageLatency(window: string): string {
  return `sum(rate(${LATENCY}_sum[${window}])) / sum(rate(${LATENCY}_count[${window}]))`;
}

const HOURLY = [
  ['Change events received', 'ChangeEventReceived'],
  ['Update requests sent', 'UpdateRequestSent'],
  ['Update requests succeeded', 'UpdateRequestSuccess'],
  ['Update requests failed', 'UpdateRequestFailed'],
  ['Service updates', 'DoSAllServiceUpdates'],
  ['Invalid postcodes', 'InvalidPostcode'],
  ['Invalid opening times', 'InvalidOpenTimes'],
  ['E-mails failed', 'EmailFailed'],
] as const;

const QUEUES = [
  ['Change events', ingestChangeEventTask.name],
  ['Holding queue', matchServicesTask.name],
  ['Update requests', syncServiceTask.name],
] as const;

const ENDPOINT = 'signalbox_http_request_seconds';
const endpointRequests = (filter: string) =>
  `sum(increase(${ENDPOINT}_count{listener="directory"${filter}}[1m]))`;

const PANELS: Panel[] = [
  ...[
    ['5 minutes', '5m'],
    ['1 hour', '1h'],
    ['24 hours', '24h'],
  ].map(([label, window = '']): Panel => {
    const targets = [{ expr: averageLatency(window), legend: 'Average' }];
    return { title: `Latency, ${label}`, type: 'gauge', unit: 's', width: 8, red: SLA_SECONDS, targets };
  }),
  {
    ...{ title: 'In the last hour', type: 'stat', width: 24 },
    targets: HOURLY.map(([legend, signal]) => ({ expr: increase(signal, '1h'), legend })),
  },
  {
    ...{ title: 'Latency', type: 'timeseries', unit: 's', width: 12, red: SLA_SECONDS },
    targets: [
      { expr: averageLatency('5m'), legend: 'Average' },
      {
        expr: `histogram_quantile(0.99, sum by (le) (rate(${LATENCY}_bucket[5m])))`,
        legend: '99 in 100 are faster',
      },
    ],
  },
  {
    ...{ title: 'Endpoint', type: 'timeseries', width: 12 },
    targets: [
      { expr: endpointRequests(''), legend: 'Requests' },
      { expr: endpointRequests(',status=~"4.."'), legend: '4XX' },
      { expr: endpointRequests(',status=~"5.."'), legend: '5XX' },
    ],
  },
  {
    ...{ title: 'Error rate of workers', type: 'timeseries', unit: 'percentunit', width: 12, red: 0.01 },
    targets: WATCHED_WORKERS.map(([worker, legend]) => ({
      expr: `${increase(errorsOf(worker), '2m')} / clamp_min(${increase(invocationsOf(worker), '2m')}, 1)`,
      legend,
    })),
  },
  {
    ...{ title: 'Runs of workers', type: 'timeseries', width: 12 },
    targets: WATCHED_WORKERS.map(([worker, legend]) => ({
      expr: increase(invocationsOf(worker), '1m'),
      legend,
    })),
  },
  {
    ...{ title: 'Batches: average duration', type: 'timeseries', unit: 's', width: 12 },
    targets: QUEUES.map(([legend, task]) => ({
      expr: `sum(rate(signalbox_job_batch_seconds_sum{task="${task}"}[5m])) / sum(rate(signalbox_job_batch_seconds_count{task="${task}"}[5m]))`,
      legend,
    })),
  },
  {
    ...{ title: 'Jobs at work', type: 'timeseries', width: 12 },
    targets: QUEUES.map(([legend, queue]) => ({
      expr: `max(signalbox_queue_jobs{queue="${queue}",state="active"})`,
      legend,
    })),
  },
  {
    ...{ title: 'Queues: waiting', type: 'timeseries', width: 12 },
    targets: QUEUES.map(([legend, queue]) => ({
      expr: `max(signalbox_queue_jobs{queue="${queue}",state="waiting"})`,
      legend,
    })),
  },
  {
    ...{ title: 'Queues: oldest', type: 'timeseries', unit: 's', width: 12 },
    targets: QUEUES.map(([legend, queue]) => ({
      expr: `max(signalbox_queue_oldest_seconds{queue="${queue}"})`,
      legend,
    })),
  },
  {
    ...{ title: 'Dead letters', type: 'timeseries', width: 12 },
    targets: [
      { expr: increaseOfAll(SIGNALS.changeEventDeadLetter, '1m'), legend: 'Change events' },
      { expr: increase(SIGNALS.holdingDeadLetter, '1m'), legend: 'Holding queue' },
      { expr: increase(SIGNALS.updateRequestDeadLetter, '1m'), legend: 'Update requests' },
    ],
  },
  {
    ...{ title: 'Directory of Services', type: 'timeseries', width: 12 },
    targets: [
      { expr: 'max(signalbox_directory_dos_connections)', legend: 'Our connections' },
      { expr: 'max(signalbox_directory_dos_replica_lag_seconds)', legend: 'Replica lag in seconds' },
    ],
  },
  {
    ...{ title: 'Updates by field, last hour', type: 'piechart', width: 12 },
    targets: [
      {
        expr: 'sum by (field) (increase(signalbox_directory_service_updates_total[1h]))',
        legend: '{{field}}',
      },
    ],
  },
  {
    ...{ title: 'Updates by field', type: 'timeseries', width: 12 },
    targets: [
      {
        expr: 'sum by (field) (increase(signalbox_directory_service_updates_total[15m]))',
        legend: '{{field}}',
      },
    ],
  },
];

const COLUMNS = 24;
const ROWS = 7;

/** Left to right and then down, as people read. */
function place(panels: Panel[]): object[] {
  let [x, y] = [0, 0];
  return panels.map((panel, index) => {
    if (x + panel.width > COLUMNS) [x, y] = [0, y + ROWS];
    const gridPos = { x, y, w: panel.width, h: ROWS };
    x += panel.width;
    return { id: index + 1, gridPos, ...toGrafana(panel) };
  });
}

function toGrafana({ title, type, unit = 'short', red, targets }: Panel): object {
  const steps = [
    { color: 'green', value: null },
    ...(red === undefined ? [] : [{ color: 'red', value: red }]),
  ];
  return {
    title,
    type,
    datasource: DATASOURCE,
    fieldConfig: { defaults: { unit, min: 0, thresholds: { mode: 'absolute', steps } }, overrides: [] },
    options: type === 'timeseries' ? {} : { reduceOptions: { calcs: ['lastNotNull'] } },
    targets: targets.map(({ expr, legend }, index) => ({
      refId: `${index}`,
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}
