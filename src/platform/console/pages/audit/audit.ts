import type { FastifyInstance } from 'fastify';
import { type AuditFilter, type RecordedAudit, searchAudit } from '#platform/auth';
import type { ConsoleContext } from '../../console-context.ts';
import { pageLinks } from '../../list-links.ts';
import type { PageTools } from '../../page-tools.ts';
import { mergePages } from '../../paging.ts';
import { rangeOptions, readTimeRange } from '../../time-range.ts';

const view = new URL('./audit.njk', import.meta.url);
const PAGE_SIZE = 50;

export function registerAudit(app: FastifyInstance, page: PageTools, ctx: ConsoleContext): void {
  app.get('/audit', async (request, reply) => {
    const query = page.readQuery(request);
    const { range, errors } = readTimeRange(query, ctx.clock.now());
    const text = query.text('text');
    const data = { title: 'Audit', query: query.values, ranges: rangeOptions(query.text('range')) };
    if (errors.length > 0) return page.renderInvalid(reply, view, { ...data, entries: [] }, errors);
    const filter: AuditFilter = { ...(text === '' ? {} : { text }), ...range };
    const { items, next } = await search(ctx, filter, query.text('after'));
    const entries = items.map((entry) => ({ ...entry, hasDetails: Object.keys(entry.details).length > 0 }));
    return page.render(reply, view, { ...data, entries, pages: pageLinks('/audit', query, next) });
  });
}

async function search(ctx: ConsoleContext, filter: AuditFilter, after: string) {
  const sources = ctx.stores.map(({ name, db }) => ({
    name,
    fetch: async (page: { after?: string; limit: number }) => {
      const { entries: items, next } = await searchAudit(db.kysely, filter, page);
      return { items, next };
    },
  }));
  return mergePages<RecordedAudit>(sources, { after, limit: PAGE_SIZE, timeOf: (entry) => entry.at });
}
