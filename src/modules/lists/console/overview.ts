import type { FastifyInstance } from 'fastify';
import type { PageTools } from '#platform/console';
import { listBackups, runBackup } from '../backups/backups.ts';
import type { ListsContext } from '../context.ts';
import { selectOutboxState } from '../mail/outbox-queries.ts';
import { selectMark } from '../policy/settings-queries.ts';
import { countBrokenImages } from '../products/product-queries.ts';
import { countNotFound, selectDayCounts } from '../tools/tools-queries.ts';

const view = new URL('./overview.njk', import.meta.url);
const DAYS_SHOWN = 14;
const DAY_MS = 86_400_000;

/** Counts, letters and backups at a glance (spec section 12.14). */
export function registerOverview(app: FastifyInstance, page: PageTools, ctx: ListsContext): void {
  app.get('/', async (_request, reply) => {
    const since = new Date(ctx.clock.now().getTime() - DAYS_SHOWN * DAY_MS);
    const reconciled = await selectMark(ctx.db.kysely, 'reconcile');
    return page.render(reply, view, {
      title: 'Lists',
      notFound: await countNotFound(ctx.db.kysely),
      brokenImages: await countBrokenImages(ctx.db.kysely),
      outbox: await selectOutboxState(ctx.db.kysely),
      days: await selectDayCounts(ctx.db.kysely, since),
      backups: await listBackups(ctx),
      reconciled: reconciled && {
        at: reconciled.updated_at,
        ...(reconciled.value as { violations: number }),
      },
    });
  });
  app.post('/backups', { preHandler: page.requireRole('admin') }, async (request, reply) => {
    const actor = page.actor(request);
    const { files } = await runBackup(ctx, request.id);
    await ctx.audit(ctx.db.kysely, {
      actor,
      action: 'lists.backup.made',
      target: `lists_backup:${files[0]?.name}`,
    });
    return page.redirect(reply, '/pages/lists', `Backup ${files[0]?.name} was made and read back.`);
  });
}
