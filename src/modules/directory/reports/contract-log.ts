import { uuidV7 } from '#platform/http';
import type { Clock, LogOutput } from '#platform/telemetry';
import type { DirectoryEvent, EventFacts } from '../events.ts';
import { fieldUpdateAuditLine, rejectionAuditLine } from './audit-lines.ts';
import { xrayTraceId } from './trace-id.ts';
import type { Worker } from './workers.ts';

/**
 * The log lines that DoS leads, saved queries and tests read (8.1, 8.3): one JSON object a line with the original's
 * keys, and the plain audit lines of DoS. Each line is an event of the register once more, printed after its commit.
 */
export interface ContractLog {
  /** Prints the events of one batch in one piece and counts the metrics that they carry. */
  print(worker: Worker, events: readonly DirectoryEvent[]): void;
}

export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Told of every event that counts for a metric (8.4). */
export type MetricListener = (metric: string, properties: Record<string, unknown>) => void;

export interface ContractLogOptions {
  output: LogOutput;
  clock: Clock;
  level: LogLevel;
  profile: string;
  environment: string;
  onMetric: MetricListener;
}

export function createContractLog(options: ContractLogOptions): ContractLog {
  const { output, clock, profile, environment, onMetric } = options;
  const leastSevere = LOG_LEVELS.indexOf(options.level);
  const service = JSON.stringify(`uec-dos-integration-${profile}-${environment}`);

  /** What all lines of one run begin with; the same for the events of one message, which come together. */
  const headOf = (worker: Worker, facts: EventFacts, now: Date): string => {
    const { requestId = uuidV7(), traceparent, correlationId } = facts;
    return (
      `"timestamp":"${timestampOf(now)}","service":${service},` +
      `"function_name":${JSON.stringify(`uec-dos-int-${environment}-${worker}`)},` +
      `"function_request_id":"${requestId}",` +
      `"xray_trace_id":"${xrayTraceId(traceparent, correlationId ?? requestId)}"` +
      (correlationId === null ? '' : `,"correlation_id":${JSON.stringify(correlationId)}`)
    );
  };

  const render = (worker: Worker, event: DirectoryEvent, context: { head: string; now: Date }): string => {
    // The run names itself in the head of its lines; a row of the register has no head.
    const {
      level: sharedLevel,
      message: sharedMessage,
      function_request_id: _named,
      ...shared
    } = event.properties;
    const { now } = context;
    const head = context.head + members(shared);
    let lines = '';
    for (const { level = sharedLevel, message = sharedMessage, ...own } of event.each ?? [{}]) {
      const severity = LOG_LEVELS.indexOf(level as LogLevel);
      if (severity >= leastSevere) {
        const location = `${worker}:${event.name}`;
        lines += `{"level":"${level}","location":"${location}","message":${JSON.stringify(message)},${head}${members(own)}}\n`;
      }
      if (AUDITED.has(event.name)) lines += auditLine(event, { ...shared, ...own }, { now, environment });
      const metric = own[METRIC_KEY] ?? shared[METRIC_KEY];
      if (typeof metric === 'string') onMetric(metric, { ...shared, ...own });
    }
    return lines;
  };

  return {
    print: (worker, events) => {
      const now = clock.now();
      let lines = '';
      let last: { facts: EventFacts; head: string } | undefined;
      for (const event of events) {
        if (event.isRowOnly) continue;
        if (last?.facts !== event.facts)
          last = { facts: event.facts, head: headOf(worker, event.facts, now) };
        lines += render(worker, event, { head: last.head, now });
      }
      if (lines !== '') output.write(lines);
    },
  };
}

export const METRIC_KEY = 'cloudwatch_metric_filter_matching_attribute';

/** The members of an object as they stand behind others, each with its comma in front. */
function members(fields: Record<string, unknown>): string {
  const text = JSON.stringify(fields);
  return text === '{}' ? '' : `,${text.slice(1, -1)}`;
}

/** `YYYY-MM-DD HH:MM:SS,mmm+0000` */
function timestampOf(now: Date): string {
  const text = now.toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)},${text.slice(20, 23)}+0000`;
}

const AUDITED = new Set(['service.updated', 'pending_change.rejected']);

/** What DoS itself keeps about who changed what: exactly one line for each update and each rejection (8.3.3, D-09). */
function auditLine(
  { name, facts }: DirectoryEvent,
  fields: Record<string, unknown>,
  { now, environment }: { now: Date; environment: string },
): string {
  const source = { now, environment, correlationId: facts.correlationId ?? '' };
  if (name === 'service.updated')
    return `${fieldUpdateAuditLine(source, { level: 'INFO', message: '', fields })}\n`;
  const change = {
    id: String(fields.change_id),
    serviceUid: String(fields.service_uid),
    serviceName: String(fields.service_name),
  };
  return `${rejectionAuditLine(source, change)}\n`;
}
