import type { Worker } from '../reports/workers.ts';
import type { AlarmScope } from './signals.ts';

/** What is looked at in each window. */
export type AlarmWatch =
  | { kind: 'sum' | 'average' | 'maximum'; signal: string; above: number }
  /** Errors as a share of invocations. */
  | { kind: 'rate'; signal: string; of: string; atLeast: number };

export interface AlarmRule {
  title: string;
  description: string;
  scope: AlarmScope;
  watch: AlarmWatch;
  /** Windows of so many minutes, and how many of the last ones must be too much. */
  minutes: number;
  breaches: number;
  of: number;
  /** The edges of which Slack is told. */
  tells: 'alarm' | 'recovery' | 'both';
}

/** Signals that are not metrics of log lines (8.4). */
export const SIGNALS = {
  endpoint4xx: 'endpoint 4XX',
  endpoint5xx: 'endpoint 5XX',
  healthCheckFailed: 'health check failed',
  blockedByAllowList: 'blocked by allow list',
  blockedByRateLimit: 'blocked by rate limit',
  blockedByCountry: 'blocked by country',
  blockedByKnownBadInputs: 'blocked by known bad inputs',
  blockedBySqlInjection: 'blocked by SQL injection',
  blockedByReputation: 'blocked by reputation',
  blockedByCommonRules: 'blocked by common rules',
  countedSqlInjection: 'counted SQL injection',
  countedWithoutAgent: 'counted without user agent',
  countedLargeBody: 'counted large body',
  changeEventAge: 'change event age',
  updateRequestAge: 'update request age',
  changeEventDeadLetter: 'change event dead letter',
  changeEventForgotten: 'change event forgotten',
  holdingDeadLetter: 'holding dead letter',
  updateRequestDeadLetter: 'update request dead letter',
  dosOutage: 'DoS database outage',
  scheduleFailed: 'quality checker schedule failed',
  latency: 'QueueToDoSLatency',
  // Looked at on the dashboard alone.
  endpointRequests: 'endpoint requests',
  changeEventsWaiting: 'change events waiting',
  holdingWaiting: 'holding messages waiting',
  updateRequestsWaiting: 'update requests waiting',
  holdingAge: 'holding message age',
  dosConnections: 'DoS connections',
  dosReplicaLag: 'DoS replica lag',
} as const;

export function invocationsOf(worker: Worker): string {
  return `${worker} invocations`;
}

export function errorsOf(worker: Worker): string {
  return `${worker} errors`;
}

/** Milliseconds of each batch. */
export function durationOf(worker: Worker): string {
  return `${worker} duration`;
}

/** Fields written to DoS, one signal for each kind: the metric with its further dimension. */
export const UPDATED_FIELD = 'DoSServiceUpdate ';

/** The workers whose errors are watched, by the names that people know. */
export const WATCHED_WORKERS: [Worker, title: string][] = [
  ['change-event-dlq-handler', 'Change Event DLQ Handler'],
  ['dos-db-update-dlq-handler', 'DoS DB Update DLQ Handler'],
  ['event-replay', 'Event Replay'],
  ['ingest-change-event', 'Ingest Change Event'],
  ['send-email', 'Send Email'],
  ['service-matcher', 'Service Matcher'],
  ['service-sync', 'Service Sync'],
  ['slack-messenger', 'Slack Messenger'],
  ['quality-checker', 'Quality Checker'],
];

/** The target of the way from acceptance to DoS (chapter 9). */
const SLA_MS = 120_000;

/** The alarms of 8.5, with what its table means where the original measured something else (D-13). */
export function alarmRules(options: {
  profile: string;
  environment: string;
  hasFirewall: boolean;
}): AlarmRule[] {
  const { profile, environment, hasFirewall } = options;
  const rules = [
    ...sharedRules,
    ...(hasFirewall ? firewallRules : []),
    ...releaseRules,
    ...WATCHED_WORKERS.map(([worker, title]) => errorRate(worker, title, profile)),
  ];
  // An environment of one development task is told of little else than that something is broken.
  if (!environment.startsWith('ds-')) return rules;
  return rules.filter(
    ({ scope, title }) => scope === 'shared' || title === 'Invalid Postcode' || title.endsWith(' Error Rate'),
  );
}

const one = { minutes: 1, breaches: 1, of: 1, tells: 'alarm' } as const;

const sharedRules: AlarmRule[] = [
  any(
    'shared',
    'DI 4XX Endpoint Errors',
    SIGNALS.endpoint4xx,
    'Change events from NHS UK have been rejected',
  ),
  any(
    'shared',
    'DI 5XX Endpoint Errors',
    SIGNALS.endpoint5xx,
    'Change events from NHS UK have been rejected',
  ),
  any(
    'shared',
    "Change Events DLQ'd",
    SIGNALS.changeEventDeadLetter,
    'Change events have failed every attempt of ingest',
  ),
  any(
    'shared',
    'Change Events Removed Unprocessed',
    SIGNALS.changeEventForgotten,
    'Change events were removed after 14 days without having been processed',
  ),
  {
    ...{ title: 'Change Events Waiting', scope: 'shared' },
    description: 'Change events have been waiting for longer than a minute',
    watch: { kind: 'maximum', signal: SIGNALS.changeEventAge, above: 60 },
    ...{ minutes: 5, breaches: 2, of: 3, tells: 'alarm' },
  },
  {
    ...{ title: 'DI Endpoint Route 53 Health Checks Failing', scope: 'shared' },
    description: 'The endpoint for change events does not answer',
    // A single failure is a restart.
    watch: { kind: 'sum', signal: SIGNALS.healthCheckFailed, above: 1 },
    ...one,
  },
];

const firewallRules: AlarmRule[] = [
  blocked('WAF IP Allow List Blocked Requests', SIGNALS.blockedByAllowList, 'an address that is not allowed'),
  blocked('WAF Rate Limit Blocked Requests', SIGNALS.blockedByRateLimit, 'an address that sent too many'),
  blocked(
    'WAF AWS Managed Rules Common Blocked Requests',
    SIGNALS.blockedByCommonRules,
    'an attack on web pages',
  ),
  blocked('WAF Non GB Blocked Requests', SIGNALS.blockedByCountry, 'another country'),
  blocked(
    'WAF AWS Managed Known Bad Inputs Blocked Requests',
    SIGNALS.blockedByKnownBadInputs,
    'an attack that is well known',
  ),
  blocked(
    'WAF AWS Managed SQL Injection Blocked Requests',
    SIGNALS.blockedBySqlInjection,
    'an attack with SQL',
  ),
  {
    ...blocked('WAF Custom SQL Injection Count Requests', SIGNALS.countedSqlInjection, ''),
    description: 'Requests went on whose body may hold SQL',
  },
  blocked(
    'WAF AWS Managed IP Reputation List Blocked Requests',
    SIGNALS.blockedByReputation,
    'an address of bad repute',
  ),
];

const releaseRules: AlarmRule[] = [
  any(
    'release',
    'Invalid Postcode',
    'InvalidPostcode',
    'A change event has a postcode that DoS does not know',
  ),
  any(
    'release',
    'Invalid Opening Times',
    'InvalidOpenTimes',
    'A change event has opening times that cannot be',
  ),
  any(
    'release',
    "Holding Queue Message DLQ'd",
    SIGNALS.holdingDeadLetter,
    'Change events have failed every attempt of matching',
  ),
  any(
    'release',
    "Update Requests DLQ'd",
    SIGNALS.updateRequestDeadLetter,
    'Update requests have failed every attempt',
  ),
  {
    ...{ title: 'High Number of Change Events received', scope: 'release' },
    description: 'More change events have come in than usual',
    watch: { kind: 'sum', signal: 'ChangeEventReceived', above: 1_500 },
    ...{ minutes: 5, breaches: 1, of: 3, tells: 'alarm' },
  },
  {
    ...{ title: 'Update Requests Waiting', scope: 'release' },
    description: 'Update requests have been waiting for longer than half a minute',
    watch: { kind: 'maximum', signal: SIGNALS.updateRequestAge, above: 30 },
    ...{ minutes: 10, breaches: 2, of: 3, tells: 'alarm' },
  },
  { ...any('release', 'Failed Emails', 'EmailFailed', 'An e-mail could not be sent'), minutes: 2 },
  {
    ...{ title: 'Average Message Latency', scope: 'release' },
    description: 'Change events take longer than two minutes on average to reach DoS',
    watch: { kind: 'average', signal: SIGNALS.latency, above: SLA_MS },
    ...{ minutes: 5, breaches: 1, of: 6, tells: 'both' },
  },
  {
    ...{ title: 'Maximum Message Latency', scope: 'release' },
    description: 'Single change events take longer than two minutes to reach DoS',
    watch: { kind: 'maximum', signal: SIGNALS.latency, above: SLA_MS },
    ...{ minutes: 5, breaches: 2, of: 6, tells: 'both' },
  },
  zCode('Palliative Care', 'DoSPalliativeCareZCodeDoesNotExist'),
  zCode('Blood Pressure', 'DoSBloodPressureZCodeDoesNotExist'),
  zCode('Contraception', 'DoSContraceptionZCodeDoesNotExist'),
  {
    ...any(
      'release',
      'Quality Checker Has Completed',
      'QualityCheckerFinished',
      'The quality checker has finished; its report is in the register',
    ),
    tells: 'recovery',
  },
  any(
    'release',
    'Quality Checker Has Errorred',
    'QualityCheckerErrored',
    'The quality checker ended with an error',
  ),
  any(
    'release',
    'Quality Checker Schedule Failed Invocation',
    SIGNALS.scheduleFailed,
    'The quality checker was not started when it was due',
  ),
  {
    ...any(
      'release',
      'DoS Database Unreachable',
      SIGNALS.dosOutage,
      'DoS does not answer; change events wait',
    ),
    tells: 'both',
  },
];

function any(scope: AlarmScope, title: string, signal: string, description: string): AlarmRule {
  return { title, description, scope, watch: { kind: 'sum', signal, above: 0 }, ...one };
}

/** One blocked request is a mistake, more are worth a look. */
function blocked(title: string, signal: string, whom: string): AlarmRule {
  const description = `Requests were blocked, from ${whom}`;
  return { title, description, scope: 'shared', watch: { kind: 'sum', signal, above: 1 }, ...one };
}

function zCode(service: string, signal: string): AlarmRule {
  const title = `DoS ${service} Z Code Does Not Exist !!!`;
  const description = `DoS does not know the Z code of ${service.toLowerCase()}`;
  return { ...any('release', title, signal, description), breaches: 1, of: 10 };
}

function errorRate(worker: Worker, title: string, profile: string): AlarmRule {
  return {
    title: `${title} Error Rate`,
    description: `At least one in a hundred runs of ${title} failed`,
    scope: 'release',
    watch: { kind: 'rate', signal: errorsOf(worker), of: invocationsOf(worker), atLeast: 0.01 },
    minutes: 2,
    breaches: 2,
    of: 2,
    tells: profile === 'dev' ? 'alarm' : 'both',
  };
}
