import type { ModuleCommand } from '#platform/module';
import { durationOf, errorsOf, invocationsOf, SIGNALS } from '../alarms/alarm-rules.ts';
import type { DirectoryContext } from '../context.ts';
import { asRefusal, text } from '../replay/replay-command.ts';
import { checkWindow, readMoment } from '../replay/time-window.ts';
import type { Worker } from '../reports/workers.ts';
import { type SignalTotal, sumSignals } from './dashboard-queries.ts';

/** The result report after a load or stress test (chapter 9), for any time of the last 25 hours. */
export interface PerformanceResults {
  since: string;
  until: string;
  workers: { worker: Worker; runs: number; errors: number; average_batch_ms: number | null }[];
  services_updated_or_reviewed: number;
  services_per_second: number;
  average_latency_ms: number | null;
  maximum_latency_ms: number | null;
  /** The load on the processors of DoS is not for a client to see. */
  dos_connections_maximum: number | null;
}

const PIPELINE: Worker[] = ['ingest-change-event', 'service-matcher', 'service-sync'];

export async function readPerformance(
  ctx: DirectoryContext,
  { since, until }: { since: Date; until: Date },
): Promise<PerformanceResults> {
  const { shared, release } = ctx.alarms.environments;
  const totals = await sumSignals(ctx.db.kysely, [...new Set([shared, release])], since, until);
  const countOf = (signal: string) => totals.get(signal)?.count ?? 0;
  const services = countOf('UpdateRequestSuccess');
  const seconds = Math.max(1, (until.getTime() - since.getTime()) / 1_000);
  const latency = totals.get(SIGNALS.latency);
  return {
    since: since.toISOString(),
    until: until.toISOString(),
    workers: PIPELINE.map((worker) => ({
      worker,
      runs: countOf(invocationsOf(worker)),
      errors: countOf(errorsOf(worker)),
      average_batch_ms: averageOf(totals.get(durationOf(worker))),
    })),
    services_updated_or_reviewed: services,
    services_per_second: Math.round((services / seconds) * 100) / 100,
    average_latency_ms: averageOf(latency),
    maximum_latency_ms: latency?.maximum ?? null,
    dos_connections_maximum: totals.get(SIGNALS.dosConnections)?.maximum ?? null,
  };
}

function averageOf(total: SignalTotal | undefined): number | null {
  return total && total.count > 0 ? Math.round((total.total / total.count) * 10) / 10 : null;
}

/** `signalbox directory performance-results`: what the pipeline did between two times. */
export function performanceResultsCommand(ctx: DirectoryContext): ModuleCommand {
  return {
    name: 'performance-results',
    summary: 'Durations, errors and services of the pipeline between two times of the last day',
    options: {
      since: { type: 'string', description: 'From this time on (ISO, or 15m, 2h ago)', required: true },
      until: { type: 'string', description: 'Until this time; now without it' },
    },
    run: (values, print) =>
      asRefusal(async () => {
        const now = ctx.clock.now();
        const since = readMoment('since', text(values, 'since') ?? '', now);
        const until = readMoment('until', text(values, 'until') ?? '0s', now);
        checkWindow(since, until.getTime());
        const results = await readPerformance(ctx, { since, until });
        for (const line of describe(results)) print(line);
        return results;
      }),
  };
}

function describe(results: PerformanceResults): string[] {
  const {
    services_updated_or_reviewed: services,
    services_per_second: perSecond,
    average_latency_ms: average,
    maximum_latency_ms: maximum,
    dos_connections_maximum: connections,
  } = results;
  const workers = results.workers.map(({ worker, runs, errors, average_batch_ms: ms }) => {
    const duration = ms === null ? '' : `, ${ms} ms a batch`;
    return `${worker.padEnd(20)} ${runs} runs, ${errors} errors${duration}`;
  });
  return [
    ...workers,
    `${services} services updated or reviewed, ${perSecond} a second`,
    average === null ? 'no latency was measured' : `latency ${average} ms on average, ${maximum} ms at most`,
    connections === null ? 'no connections to DoS were seen' : `at most ${connections} connections to DoS`,
  ];
}
