import type { FastifyInstance } from 'fastify';
import type { PageTools } from '#platform/console';
import type { MigrationContext } from '../context.ts';
import { searchMappings } from '../mappings/mapping-queries.ts';

const view = new URL('./mappings.njk', import.meta.url);
const MAX_ROWS = 50;

/** Which record of the new service stands for a NOMIS record, and the other way round. */
export function registerMappingSearch(app: FastifyInstance, page: PageTools, ctx: MigrationContext): void {
  app.get('/mappings', async (request, reply) => {
    const query = page.readQuery(request);
    const text = query.text('id');
    const titles = new Map(ctx.domains.map((domain) => [domain.type, domain.title]));
    const rows = text === '' ? [] : await searchMappings(ctx.db.kysely, [...titles.keys()], text, MAX_ROWS);
    return page.render(reply, view, {
      title: 'Mappings',
      query: query.values,
      rows: rows.map((row) => ({ ...row, title: titles.get(row.migrationType) ?? row.migrationType })),
      isSearch: text !== '',
    });
  });
}
