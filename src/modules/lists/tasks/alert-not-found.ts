import type { Handle } from '#platform/db';
import { contactMailbox } from '../contact/contact.ts';
import type { ListsContext } from '../context.ts';
import { selectMark, upsertMark } from '../policy/settings-queries.ts';
import { countNotFound } from '../tools/tools-queries.ts';

const MARK = 'not_found_alert';
const DAY_MS = 86_400_000;

/** Tells the operators of waiting not-found products: when there are more than last time, and once a day (section 5.5). */
export async function alertNotFound(ctx: ListsContext): Promise<void> {
  const count = await countNotFound(ctx.db.kysely);
  const now = ctx.clock.now();
  const last = await selectMark(ctx.db.kysely, MARK);
  const { count: lastCount = 0, at = 0 } = (last?.value ?? {}) as { count?: number; at?: number };
  const isDue = ctx.config.notFoundAlertEvery === 'run' || count > lastCount || now.getTime() - at >= DAY_MS;
  const isAlert = count > 0 && isDue;
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await upsertMark(trx, MARK, { count, at: isAlert ? now.getTime() : at }, now);
    if (!isAlert) return;
    await sendAlert(ctx, trx, {
      summary: `There are ${count} items in the NotFound table.`,
      details:
        'People noted products that the catalogue lacks. Replace them, so that their gifts get full details.',
      onceKey: `not-found:${count}:${now.toISOString()}`,
    });
  });
}

export async function sendAlert(
  ctx: ListsContext,
  trx: Handle,
  alert: { summary: string; details: string; onceKey: string },
): Promise<void> {
  const { host, portBase } = ctx.platformConfig;
  await ctx.courier.send(trx, [
    {
      template: 'alert',
      to: ctx.config.alertEmail ?? contactMailbox(ctx),
      key: 'alert',
      variables: { ...alert, link: `http://${host}:${portBase}/pages/lists` },
      correlationId: null,
      onceKey: alert.onceKey,
    },
  ]);
}
