import type { Job, TaskRun } from '#platform/jobs';
import type { ListsContext } from '../context.ts';
import { listsEvent } from '../events.ts';
import { KPI_EVENTS, type KpiEvent, type KpiPayload } from './kpi.ts';

const TIMEOUT_MS = 3_000;

/** One POST for each counted event (spec section 5.4). A dashboard that stays away loses counts and nothing else. */
export function pushKpi(ctx: ListsContext) {
  return async (job: Job<KpiPayload>, run: TaskRun): Promise<void> => {
    const { kpiUrl } = ctx.config;
    if (kpiUrl === undefined) {
      ctx.metrics.kpi.inc({ outcome: 'skipped' });
      return;
    }
    try {
      await push(ctx, kpiUrl, job, run.signal);
      ctx.metrics.kpi.inc({ outcome: 'sent' });
      await note(ctx, job, 'kpi.sent');
    } catch (error) {
      if (job.attempt < job.maxAttempts) throw error;
      ctx.metrics.kpi.inc({ outcome: 'failed' });
      await note(ctx, job, 'kpi.failed');
      ctx.log.warn({ err: error, jobId: job.id, event: job.payload.event }, 'KPI push given up');
    }
  };
}

async function note(ctx: ListsContext, job: Job<KpiPayload>, name: string): Promise<void> {
  await ctx.events.append(ctx.db.kysely, [
    listsEvent(name, job.correlationId, [], { event: job.payload.event }),
  ]);
}

async function push(
  ctx: ListsContext,
  url: string,
  job: Job<KpiPayload>,
  signal: AbortSignal,
): Promise<void> {
  // Payloads are ours: only these events are ever sent.
  const { name, colour } = KPI_EVENTS[job.payload.event as KpiEvent];
  const answer = await ctx.outgoing.call({
    target: 'kpi',
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      data: [{ Date: job.payload.day, [name]: '1' }],
      cumulative: { [name]: '0' },
      color: { [name]: colour },
      type: { [name]: 'area' },
    }),
    ...(job.correlationId === null ? {} : { correlationId: job.correlationId }),
    timeoutMs: TIMEOUT_MS,
    maxBytes: 100_000,
    signal,
  });
  if (answer.status >= 400) throw new Error(`The KPI dashboard answered ${answer.status}`);
  if (statusOf(answer.body.toString('utf8')) === 'error')
    throw new Error('The KPI dashboard reported an error');
}

/** `status` of a JSON answer; an answer that is no JSON is none of ours to judge. */
function statusOf(body: string): unknown {
  try {
    return (JSON.parse(body) as { status?: unknown } | null)?.status;
  } catch {
    return undefined;
  }
}
