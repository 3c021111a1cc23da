import { stringify } from 'yaml';
import { type AlarmRule, alarmRules, SIGNALS } from './alarm-rules.ts';

/**
 * The same alarms as a Prometheus rule file, for those who alert with that (8.5). "Two of the last three periods" is a
 * subquery; counters start at zero, so that a first occurrence shows as an increase.
 */
export function prometheusRules(): string {
  const rules = alarmRules({ profile: 'live', environment: 'live', hasFirewall: true })
    // A run that has ended is news, not an alert.
    .filter(({ tells }) => tells !== 'recovery')
    .map((rule) => ({
      alert: rule.title.replace(/[^A-Za-z0-9]+(.)?/g, (_, next = '') => next.toUpperCase()),
      expr: ruleExpression(rule),
      labels: { module: 'directory', scope: rule.scope },
      annotations: {
        summary: `uec-dos-int | {{ $labels.environment }} | ${rule.title}`,
        description: rule.description,
      },
    }));
  const document = { groups: [{ name: 'signalbox-directory', interval: '1m', rules }] };
  return `${HEADER}${stringify(document, { lineWidth: 0 })}`;
}

const HEADER =
  '# Made by: signalbox directory alarm-rules. Change alarms/alarm-rules.ts instead.\n' +
  '# Scrape at least every 20 seconds: the shortest windows are one minute long.\n';

function ruleExpression(rule: AlarmRule): string {
  const { minutes, breaches, of } = rule;
  const now = windowExpression(rule);
  return of === 1 ? now : `count_over_time((${now})[${minutes * of}m:${minutes}m]) >= ${breaches}`;
}

/** Seconds in metrics, milliseconds in the signals of the original. */
const LATENCY = 'signalbox_directory_event_to_dos_seconds';
const QUEUE_AGES: Readonly<Record<string, string>> = {
  [SIGNALS.changeEventAge]: 'directory.ingest_change_event',
  [SIGNALS.updateRequestAge]: 'directory.sync_service',
};

function windowExpression({ watch, minutes }: AlarmRule): string {
  const increase = (metric: string) => `sum by (environment) (increase(${metric}[${minutes}m]))`;
  const counter = (signal: string) => increase(`signalbox_directory_signals_total{signal="${signal}"}`);
  if (watch.kind === 'rate') {
    return `${counter(watch.signal)} / clamp_min(${counter(watch.of)}, 1) >= ${watch.atLeast}`;
  }
  const queue = QUEUE_AGES[watch.signal];
  if (queue !== undefined) {
    const age = `signalbox_queue_oldest_seconds{queue="${queue}"}`;
    return `max(max_over_time(${age}[${minutes}m])) > ${watch.above}`;
  }
  if (watch.signal !== SIGNALS.latency) return `${counter(watch.signal)} > ${watch.above}`;
  const seconds = watch.above / 1_000;
  if (watch.kind === 'average') {
    return `${increase(`${LATENCY}_sum`)} / ${increase(`${LATENCY}_count`)} > ${seconds}`;
  }
  return `${increase(`${LATENCY}_count`)} - ${increase(`${LATENCY}_bucket{le="${seconds}"}`)} > 0`;
}
