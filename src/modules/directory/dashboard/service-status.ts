import { isConnectionFailure } from '#platform/db';
import { SIGNALS } from '../alarms/alarm-rules.ts';
import type { DirectoryContext } from '../context.ts';
import { listNewestSignals } from './dashboard-queries.ts';

/** As old as the health endpoint may be asked often: a check a second must not cost a query each. */
const FRESH_MS = 5_000;

const WAITING = {
  change_events_waiting: SIGNALS.changeEventsWaiting,
  holding_messages_waiting: SIGNALS.holdingWaiting,
  update_requests_waiting: SIGNALS.updateRequestsWaiting,
} as const;
const SUCCESS = 'UpdateRequestSuccess';

/** What `/health` tells beside up and down (8.7): the queues at the last look of a worker, and the last success of a day. */
export interface ServiceStatus extends Record<string, unknown> {
  change_events_waiting: number | null;
  holding_messages_waiting: number | null;
  update_requests_waiting: number | null;
  queues_seen_at: string | null;
  last_success_at: string | null;
}

const known = new WeakMap<DirectoryContext, { at: number; status: Promise<ServiceStatus | undefined> }>();

/** Undefined while our own database is away, which has a component of its own to say so. */
export function readServiceStatus(ctx: DirectoryContext): Promise<ServiceStatus | undefined> {
  const now = Date.now();
  const last = known.get(ctx);
  if (last && now - last.at < FRESH_MS) return last.status;
  const status = read(ctx).catch((error: unknown) => {
    known.delete(ctx);
    if (!isConnectionFailure(error)) throw error;
    return undefined;
  });
  known.set(ctx, { at: now, status });
  return status;
}

async function read(ctx: DirectoryContext): Promise<ServiceStatus> {
  const { shared, release } = ctx.alarms.environments;
  const newest = await listNewestSignals(
    ctx.db.kysely,
    [...new Set([shared, release])],
    [...Object.values(WAITING), SUCCESS],
  );
  const of = (signal: string) => newest.find(({ name }) => name === signal);
  const waiting = (key: keyof typeof WAITING) => of(WAITING[key])?.maximum ?? null;
  return {
    change_events_waiting: waiting('change_events_waiting'),
    holding_messages_waiting: waiting('holding_messages_waiting'),
    update_requests_waiting: waiting('update_requests_waiting'),
    queues_seen_at: of(SIGNALS.changeEventsWaiting)?.at.toISOString() ?? null,
    last_success_at: of(SUCCESS)?.at.toISOString() ?? null,
  };
}
