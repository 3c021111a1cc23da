import type { SettingValues } from '#platform/config';
import type { Module, ModuleDefinition, ModulePlatform } from '#platform/module';
import { partiesSection } from './apply-section.ts';
import { API_KEY_OWNER } from './callers/callers.ts';
import { partiesCommands } from './commands/index.ts';
import { partiesConsole } from './console/index.ts';
import { closeContext, createContext, prepareRegister } from './create-context.ts';
import { partiesRoutes } from './routes/index.ts';
import { registerWorkspaces } from './routes/workspace-routes.ts';
import { partiesSettings } from './settings.ts';
import { partiesTasks } from './tasks/index.ts';
import { openWorkspace } from './workspaces/open-workspace.ts';
import { createPublishedWorkspaces } from './workspaces/published-workspaces.ts';
import { selectPublishedWorkspace } from './workspaces/workspace-queries.ts';

export { findDocumentProblems } from './openapi/check-document.ts';

/** Connecting Party Manager: product teams, and the products they own. */
export const parties: ModuleDefinition<typeof partiesSettings> = {
  name: 'parties',
  title: 'Parties',
  portOffset: 2,
  settings: partiesSettings,
  migrations: new URL('./migrations/', import.meta.url),
  create: createParties,
};

async function createParties(
  platform: ModulePlatform<SettingValues<typeof partiesSettings>>,
): Promise<Module> {
  const ctx = createContext(platform);
  const { config, db } = ctx;
  const workspaces = createPublishedWorkspaces({
    select: (route) => selectPublishedWorkspace(db.kysely, route),
    open: (workspace) => openWorkspace(platform, workspace),
  });
  return {
    routes: async (app) => {
      registerWorkspaces(app, workspaces, ctx.log);
      await app.register(partiesRoutes(ctx));
    },
    ...partiesTasks(ctx, platform),
    commands: partiesCommands(ctx),
    console: partiesConsole(ctx),
    apply: partiesSection(platform),
    prepare: async () => {
      await prepareRegister(ctx);
      if (config.apiKey !== undefined) await platform.apiKeys.put(API_KEY_OWNER, 'default', config.apiKey);
    },
    health: async () => ({}),
    [Symbol.asyncDispose]: async () => {
      await workspaces[Symbol.asyncDispose]();
      await closeContext(ctx);
    },
  };
}
