import type { ConsoleSection } from '#platform/console';
import type { MigrationContext } from '../context.ts';
import { registerDomainPage } from './domain-page.ts';
import { findMappingPages, registerMappingSearch } from './mapping-search.ts';
import { registerOverview } from './overview.ts';
import { registerReconcilePage } from './reconcile-page.ts';
import { registerRunPage } from './run-page.ts';

/** Pages of the module below /pages/migration. */
export function migrationConsole(ctx: MigrationContext): ConsoleSection {
  return {
    name: 'migration',
    title: 'Migration',
    links: [
      { href: '/pages/migration', text: 'Overview' },
      { href: '/pages/migration/mappings', text: 'Mappings' },
    ],
    find: (text) => findMappingPages(ctx, text),
    register: async (app, page) => {
      registerOverview(app, page, ctx);
      registerDomainPage(app, page, ctx);
      registerRunPage(app, page, ctx);
      registerMappingSearch(app, page, ctx);
      registerReconcilePage(app, page, ctx);
    },
  };
}
