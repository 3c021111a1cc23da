import { listBackups } from '../backups/backups.ts';
import type { ListsContext } from '../context.ts';
import { selectOutboxState } from '../mail/outbox-queries.ts';
import { selectWatchedState } from './task-queries.ts';

/** Sets the gauges of spec section 8.3 that come from what is stored, not from what happens. */
export async function setGauges(ctx: ListsContext): Promise<void> {
  const { metrics } = ctx;
  const now = ctx.clock.now();
  const state = await selectWatchedState(ctx.db.kysely, now);
  metrics.notFound.set(state.not_found);
  metrics.oldestNotFound.set(secondsSince(now, state.oldest_not_found_at));
  metrics.sessions.set(state.sessions);
  const outbox = await selectOutboxState(ctx.db.kysely);
  metrics.outbox.set(outbox.waiting);
  metrics.oldestMail.set(secondsSince(now, outbox.oldest_waiting_at));
  const [newest] = await listBackups(ctx);
  // Without one both are absent, which an alarm of Prometheus can ask for.
  if (!newest) return;
  metrics.backupAge.set(secondsSince(now, new Date(newest.createdAt)));
  metrics.backupBytes.set(newest.bytes);
}

function secondsSince(now: Date, then: Date | null): number {
  return then === null ? 0 : Math.max(0, Math.round((now.getTime() - then.getTime()) / 1_000));
}
