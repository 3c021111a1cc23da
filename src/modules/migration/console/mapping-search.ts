import type { FastifyInstance } from 'fastify';
import type { FoundPage, PageTools } from '#platform/console';
import type { MigrationContext } from '../context.ts';
import { searchMappings } from '../mappings/mapping-queries.ts';

const view = new URL('./mappings.njk', import.meta.url);
const MAX_ROWS = 50;
const MOST_FOUND = 5;

/** Which record of the new service stands for a NOMIS record, and the other way round. */
export function registerMappingSearch(app: FastifyInstance, page: PageTools, ctx: MigrationContext): void {
  app.get('/mappings', async (request, reply) => {
    const query = page.readQuery(request);
    const text = query.text('id').replaceAll('\u0000', '');
    const titles = titlesOf(ctx);
    const rows = text === '' ? [] : await searchMappings(ctx.db.kysely, [...titles.keys()], text, MAX_ROWS);
    return page.render(reply, view, {
      title: 'Mappings',
      query: query.values,
      rows: rows.map((row) => ({
        ...row,
        title: titles.get(row.migrationType) ?? row.migrationType,
        kind: kindOf(row.mappingType),
      })),
      isSearch: text !== '',
    });
  });
}

/** Mappings with exactly this key on either side, for the search of the register. */
export async function findMappingPages(ctx: MigrationContext, text: string): Promise<FoundPage[]> {
  const titles = titlesOf(ctx);
  const rows = await searchMappings(ctx.db.kysely, [...titles.keys()], text, MOST_FOUND);
  return rows.map(({ migrationType, nomisKey, dpsKey }) => ({
    href: `/pages/migration/mappings?id=${encodeURIComponent(nomisKey)}`,
    text: `${nomisKey} in NOMIS is ${dpsKey} in the new service`,
    kind: `mapping of ${(titles.get(migrationType) ?? migrationType).toLowerCase()}`,
  }));
}

/** How a mapping came to be, in words; each domain has a name of its own for what the new service created. */
function kindOf(mappingType: string): string {
  const known: Record<string, string> = {
    MIGRATED: 'Migrated',
    ONLINE: 'Booked online',
    NOMIS_CREATED: 'Created in NOMIS',
  };
  return known[mappingType] ?? 'Created in the new service';
}

function titlesOf(ctx: MigrationContext): Map<string, string> {
  return new Map(ctx.domains.map((domain) => [domain.type, domain.title]));
}
