import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { resolveCaller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { listMine } from '../routes/native-reservations.ts';
import { registerArticlePages } from './article-pages.ts';
import { registerAssets } from './assets.ts';
import { notFoundPage } from './not-found-page.ts';
import { registerPledgePage } from './pledge-page.ts';
import { registerRemindersPage } from './reminders-page.ts';
import { registerReservationPage } from './reservation-page.ts';
import { registerReservePage } from './reserve-page.ts';
import { frameFor } from './shared-list-page.ts';
import { registerSiteFiles } from './site-files.ts';
import { wantsPage } from './wants-page.ts';
import { registerWebApp, sendApp, webFolder } from './web-app.ts';

/** The pages of spec section 12: rendered here where they must work without a script, the web app everywhere else. */
export async function registerPages(app: FastifyInstance, ctx: ListsContext): Promise<void> {
  registerAssets(app);
  registerSiteFiles(app, ctx);
  registerReservePage(app, ctx);
  registerReservationPage(app, ctx);
  registerPledgePage(app, ctx);
  registerRemindersPage(app, ctx);
  registerArticlePages(app, ctx);
  registerWebApp(app, ctx);
  app.get('/reservations/mine', { schema: { hide: true } }, async (request, reply) => {
    if (wantsPage(request)) return sendApp(ctx, request, reply, webFolder(ctx));
    const { caller } = await resolveCaller(ctx, request);
    return reply.header('cache-control', 'no-store').send(await listMine(ctx, caller, request));
  });
}

export async function showNotFoundPage(ctx: ListsContext, request: FastifyRequest, reply: FastifyReply) {
  const { caller } = await resolveCaller(ctx, request);
  return notFoundPage(frameFor(ctx, request, caller), reply);
}
