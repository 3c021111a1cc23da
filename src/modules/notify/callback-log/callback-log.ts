// What became of the calls to a service's own addresses, kept for a week so that its team can see and repeat them.
import type { NotifyContext } from '../context.ts';
import { retryCallbackTask } from '../tasks/definitions.ts';
import { forgetCalls, requeueFailedCalls } from './callback-log-queries.ts';

const DAY_MS = 86_400_000;
/** Bodies name recipients: none is kept longer than a service may choose to keep the message itself at least. */
const BODY_DAYS = 3;
const LOG_DAYS = 7;
const BATCH = 10_000;

/** Makes calls that were given up once more, from their first attempt on; returns how many of them. */
export async function repeatCalls(
  ctx: NotifyContext,
  of: { serviceId: string; ids: readonly string[]; correlationId: string },
): Promise<number> {
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const again = await requeueFailedCalls(trx, { ...of, now: ctx.clock.now() });
    await ctx.jobs.enqueue(
      trx,
      retryCallbackTask,
      again.map(({ id }) => ({ payload: { id }, key: of.serviceId, correlationId: of.correlationId })),
    );
    return again.length;
  });
}

/** Nightly. */
export async function forgetOldCalls(ctx: NotifyContext): Promise<void> {
  const now = ctx.clock.now().getTime();
  const before = {
    bodies: new Date(now - BODY_DAYS * DAY_MS),
    calls: new Date(now - LOG_DAYS * DAY_MS),
    limit: BATCH,
  };
  while ((await forgetCalls(ctx.db.kysely, before)) === BATCH);
}
