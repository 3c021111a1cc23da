import { type Static, Type } from 'typebox';
import type { Handle } from '#platform/db';
import type { TaskOptions } from '#platform/jobs';
import type { ListsContext } from '../context.ts';
import type { Call } from '../gateway/endpoint.ts';

/** The five counters and their colours: spec section 5.4. */
export const KPI_EVENTS = {
  list_created: { name: 'New Lists', colour: '#A68B03' },
  gift_added: { name: 'Gifts Added', colour: '#246B73' },
  account_created: { name: 'Users', colour: '#5752D9' },
  reserved: { name: 'Reserved', colour: '#2A8C82' },
  purchased: { name: 'Purchased', colour: '#D9CB04' },
} as const;
export type KpiEvent = keyof typeof KPI_EVENTS;

export const KpiPayload = Type.Object({ event: Type.String(), day: Type.String({ pattern: '^\\d{8}$' }) });
export type KpiPayload = Static<typeof KpiPayload>;

/** Five attempts within a quarter of an hour; the run after them gives up by itself. */
export const pushKpiTask = {
  name: 'lists.push_kpi',
  payload: KpiPayload,
  retries: { limit: 4, delaySeconds: 30, backoff: true, maxDelaySeconds: 240 },
  batchSize: 20,
  concurrency: 2,
  timeoutSeconds: 90,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;

/** Sends the pushes of a transaction with it; nothing at all where no dashboard is configured. */
export async function enqueueKpi(
  ctx: Pick<ListsContext, 'config' | 'jobs' | 'clock'>,
  trx: Handle,
  events: { event: KpiEvent; id: string }[],
): Promise<void> {
  if (ctx.config.kpiUrl === undefined || events.length === 0) return;
  const day = ctx.clock.now().toISOString().slice(0, 10).replaceAll('-', '');
  await ctx.jobs.enqueue(
    trx,
    pushKpiTask,
    events.map(({ event }) => ({ payload: { event, day } })),
  );
}

/** Test traffic must not reach the dashboard: the marks the original knows, and one of our own. */
export function isTestTraffic(call: Pick<Call, 'request' | 'body'>): boolean {
  const { headers } = call.request;
  if (headers['user-agent']?.includes('PostmanRuntime') || headers['x-test-traffic'] !== undefined)
    return true;
  return (
    call.body.kind === 'object' && (call.body.raw.includes('Cypress') || Boolean(call.body.value.test_flag))
  );
}
