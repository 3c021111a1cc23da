import type { ConsoleSection } from '#platform/console';
import type { DirectoryContext } from '../context.ts';
import { registerDashboardPage } from './dashboard.ts';
import { registerDryRunPages } from './dry-runs.ts';
import { registerEventPage } from './events.ts';
import { registerQualityPages } from './quality.ts';
import { registerReleasePages } from './releases.ts';
import { registerReplayPages } from './replays.ts';
import { findServicePages, registerServicePages } from './services.ts';

/** Operators' pages of the module, below /pages/directory. */
export function directoryConsole(ctx: DirectoryContext): ConsoleSection {
  return {
    name: 'directory',
    title: 'Directory',
    links: [
      { href: '/pages/directory/services', text: 'Services' },
      { href: '/pages/directory/dashboard', text: 'Dashboard' },
      { href: '/pages/directory/events', text: 'Recent events' },
      { href: '/pages/directory/replays', text: 'Replay' },
      { href: '/pages/directory/dry-runs', text: 'Dry run' },
      { href: '/pages/directory/quality', text: 'Quality checks' },
      { href: '/pages/directory/releases', text: 'Releases' },
    ],
    find: (text) => findServicePages(ctx, text),
    register: async (app, page) => {
      registerServicePages(app, page, ctx);
      registerDashboardPage(app, page, ctx);
      registerEventPage(app, page, ctx);
      registerReplayPages(app, page, ctx);
      await app.register(async (scope) => registerDryRunPages(scope, page, ctx));
      registerQualityPages(app, page, ctx);
      registerReleasePages(app, page, ctx);
    },
  };
}
