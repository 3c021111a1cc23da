import type { ConsoleSection } from '#platform/console';
import type { ListsContext } from '../context.ts';
import { registerNotFoundPages } from './not-found.ts';
import { registerOverview } from './overview.ts';

/** Operators' pages of the module, below /pages/lists. */
export function listsConsole(ctx: ListsContext): ConsoleSection {
  return {
    name: 'lists',
    title: 'Lists',
    links: [
      { href: '/pages/lists', text: 'Overview' },
      { href: '/pages/lists/not-found', text: 'Not-found products' },
    ],
    register: async (app, page) => {
      registerOverview(app, page, ctx);
      registerNotFoundPages(app, page, ctx);
    },
  };
}
