import type { FastifyInstance } from 'fastify';
import { listPath, type PageTools } from '#platform/console';
import type { DirectoryContext } from '../context.ts';
import { type RecentEvent, selectRecentEvents } from './console-queries.ts';

const view = new URL('./events.njk', import.meta.url);
const PAGE_SIZE = 50;

const OUTCOMES: Record<string, { text: string; colour: string }> = {
  'change_event.received': { text: 'Stored', colour: 'green' },
  'change_event.rejected': { text: 'Rejected', colour: 'red' },
  'change_event.ignored': { text: 'Older than stored', colour: 'grey' },
  'change_event.superseded': { text: 'A newer one followed', colour: 'grey' },
};

/** What came in lately, newest first. */
export function registerEventPage(app: FastifyInstance, page: PageTools, ctx: DirectoryContext): void {
  app.get('/events', async (request, reply) => {
    const after = new Date(page.readQuery(request).text('after'));
    const before = Number.isNaN(after.getTime()) ? null : after;
    const events = await selectRecentEvents(ctx.db.kysely, { before, limit: PAGE_SIZE });
    const last = events.at(-1);
    const path = '/pages/directory/events';
    return page.render(reply, view, {
      title: 'Recent events',
      events: events.map(present),
      pages: {
        ...(events.length === PAGE_SIZE && last
          ? { next: listPath(path, { after: last.time.toISOString() }) }
          : {}),
        ...(before ? { first: path } : {}),
      },
    });
  });
}

function present(event: RecentEvent) {
  return { ...event, outcome: OUTCOMES[event.name] ?? { text: event.name, colour: 'grey' } };
}
