import { createBearerVerifier } from '#platform/auth';
import type { Settings } from '#platform/config';
import type { Module, ModuleDefinition, ModulePlatform } from '#platform/module';
import { migrationSection } from './apply-section.ts';
import { migrationCommands } from './commands/index.ts';
import { migrationConsole } from './console/index.ts';
import type { MigrationContext } from './context.ts';
import { domains } from './domains/index.ts';
import { createMigrationMetrics } from './events.ts';
import { createLedgerCommits } from './ledger/ledger-commits.ts';
import { createHttpMappingStore } from './mappings/http-mapping-store.ts';
import { createLocalMappingStore, sparingUnmapped } from './mappings/mapping-store.ts';
import { migrationRoutes } from './routes/index.ts';
import { type MigrationConfig, migrationSettings } from './settings.ts';
import { createIntake } from './sync/intake.ts';
import { migrationTasks } from './tasks/index.ts';
import { createUpstreams } from './upstreams/index.ts';

const VERSION = '1.0.0';

/** HMPPS prisoner-from-NOMIS migration and its mapping service: every record once, then in step. */
export const migration: ModuleDefinition<typeof migrationSettings & Settings> = {
  name: 'migration',
  title: 'Migration',
  portOffset: 4,
  settings: migrationSettings,
  migrations: new URL('./migrations/', import.meta.url),
  // The platform reads exactly the settings above; the names of queues, switches and roles among them are made in a loop,
  // which their type cannot follow.
  create: async (platform) => createMigration(platform as unknown as ModulePlatform<MigrationConfig>),
};

async function createMigration(platform: ModulePlatform<MigrationConfig>): Promise<Module> {
  const { config, platformConfig, db, jobs, clock, outgoing } = platform;
  const upstreams = createUpstreams({
    config,
    outgoing,
    clock,
    simulatorsUrl: `http://127.0.0.1:${platformConfig.portBase + 20}`,
  });
  const ctx: MigrationContext = {
    config,
    db,
    jobs,
    events: platform.events,
    metrics: createMigrationMetrics(platform.metrics),
    clock,
    log: platform.log,
    audit: platform.audit,
    outgoing,
    upstreams,
    mappings: sparingUnmapped(
      upstreams.mapping ? createHttpMappingStore(upstreams.mapping) : createLocalMappingStore(db),
    ),
    domains,
    verifier: createBearerVerifier({
      jwksUrl: platformConfig.jwksUrl ?? `${upstreams.authUrl}/.well-known/jwks.json`,
      clock,
    }),
    ...createLedgerCommits(db),
  };
  const intake = createIntake(ctx);
  return {
    routes: migrationRoutes(ctx, intake, VERSION),
    ...migrationTasks(ctx, intake, platformConfig.s3Region),
    apply: migrationSection(ctx, platform),
    commands: migrationCommands(ctx),
    console: migrationConsole(ctx),
    hasOwnHealth: true,
    // Other systems that are away are shown by the module's own /health; the module itself works on what it has.
    health: async () => ({}),
    [Symbol.asyncDispose]: async () => {
      await intake.drain();
      await ctx.posting.drain();
      await ctx.created.drain();
    },
  };
}
