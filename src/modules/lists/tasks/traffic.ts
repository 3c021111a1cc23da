import type { ListsContext } from '../context.ts';

/** What the processes of this installation have counted since they started. */
export interface Traffic {
  requests: number;
  refusals: number;
}

/** Processes renew their row, metrics included, every few seconds. */
const SEEN_SECONDS = 10;

/** By process, so that one that was restarted and counts from nothing is not taken for a fall. */
export async function readTraffic(ctx: ListsContext): Promise<Record<string, Traffic>> {
  const processes = await ctx.runningProcesses(SEEN_SECONDS);
  return Object.fromEntries(processes.map(({ id, metrics }) => [id, trafficIn(metrics)]));
}

/** How much more there is than before. */
export function growthOf(before: Record<string, Traffic>, now: Record<string, Traffic>): Traffic {
  const growth = { requests: 0, refusals: 0 };
  for (const [id, { requests, refusals }] of Object.entries(now)) {
    growth.requests += requests - (before[id]?.requests ?? 0);
    growth.refusals += refusals - (before[id]?.refusals ?? 0);
  }
  return growth;
}

interface Metric {
  name?: unknown;
  values?: { value?: unknown; metricName?: unknown; labels?: { listener?: unknown } }[];
}

function trafficIn(metrics: unknown): Traffic {
  const traffic = { requests: 0, refusals: 0 };
  // As prom-client writes them: a name, and values with their labels.
  for (const { name, values = [] } of (Array.isArray(metrics) ? metrics : []) as Metric[]) {
    for (const { value, metricName, labels } of values) {
      const isRequest = metricName === 'signalbox_http_request_seconds_count' && labels?.listener === 'lists';
      if (isRequest) traffic.requests += Number(value) || 0;
      if (name === 'signalbox_lists_domain_errors_total') traffic.refusals += Number(value) || 0;
    }
  }
  return traffic;
}
