import type { SettingValues } from '#platform/config';
import type { Module, ModuleDefinition, ModulePlatform } from '#platform/module';
import { partiesSection } from './apply-section.ts';
import { createCallCounts } from './callers/call-counts.ts';
import { API_KEY_OWNER, createCallers } from './callers/callers.ts';
import { createRateLimit } from './callers/rate-limit.ts';
import { partiesCommands } from './commands/index.ts';
import { partiesConsole } from './console/index.ts';
import type { PartiesContext } from './context.ts';
import { newProductId } from './domain/identifiers.ts';
import { createPartiesMetrics } from './events.ts';
import { createFeedSigner } from './history/feed-key.ts';
import { organisationsUrlOf } from './ods/ask-directory.ts';
import { createOdsCodes } from './ods/ods-codes.ts';
import { declareCodes } from './ods/ods-queries.ts';
import { readPolicy } from './policies/policies.ts';
import { RESERVED_IDS_FILE, readReservedIds } from './reserved-ids/reserved-ids.ts';
import { additions, operations, partiesRoutes } from './routes/index.ts';
import { resetSandbox } from './sandbox/reset-sandbox.ts';
import { isEmpty } from './sandbox/sandbox-queries.ts';
import { partiesSettings } from './settings.ts';
import { createBatchedLookup } from './store/batched-lookup.ts';
import { createProductIntake } from './store/create-products.ts';
import { createTeamIntake } from './store/create-teams.ts';
import { selectProductBodies, selectTeamBodies } from './store/lookup-queries.ts';
import { openOperationDatabases, prepareRoles } from './store/operation-databases.ts';
import { insertReservedIds } from './store/product-queries.ts';
import { partiesTasks } from './tasks/index.ts';

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

/** Statements of one kind of look-up under way at a time in a process. */
const LOOKUP_STATEMENTS = 2;
/** The code of the published examples, which every list of codes holds (spec section 6.5). */
const EXAMPLE_ODS_CODE = 'F5H1R';

async function createParties(
  platform: ModulePlatform<SettingValues<typeof partiesSettings>>,
): Promise<Module> {
  const ctx = createContext(platform);
  const { config, db } = ctx;
  return {
    routes: partiesRoutes(ctx),
    ...partiesTasks(ctx),
    commands: partiesCommands(ctx),
    console: partiesConsole(ctx),
    apply: partiesSection(platform),
    prepare: async () => {
      if (config.databaseRoles) {
        await prepareRoles(db, [
          ...[...operations, ...additions].map(({ policy }) => policy),
          readPolicy('status'),
        ]);
      }
      await insertReservedIds(db.kysely, await readReservedIds(RESERVED_IDS_FILE));
      if (config.sandbox || config.odsMode === 'list') {
        await declareCodes(db.kysely, [EXAMPLE_ODS_CODE], ctx.clock.now());
      }
      if (config.sandbox && (await isEmpty(db.kysely))) await resetSandbox(ctx);
      if (config.apiKey !== undefined) await platform.apiKeys.put(API_KEY_OWNER, 'default', config.apiKey);
    },
    health: async () => ({}),
    [Symbol.asyncDispose]: async () => {
      await ctx.teamIntake.drain();
      await ctx.productIntake.drain();
      await ctx.callCounts[Symbol.asyncDispose]();
      await ctx.databases[Symbol.asyncDispose]();
    },
  };
}

function createContext(platform: ModulePlatform<SettingValues<typeof partiesSettings>>): PartiesContext {
  const { config, platformConfig, db, clock, log, outgoing, events: register } = platform;
  const metrics = createPartiesMetrics(platform.metrics);
  const databases = openOperationDatabases({
    url: db.url,
    withRoles: config.databaseRoles,
    log,
    waiting: metrics.poolWaiting,
  });
  const readPool = databases.parties_read.pool;
  const simulatedDirectory = `http://127.0.0.1:${platformConfig.portBase + 20}/ods`;
  return {
    config,
    db,
    databases,
    register,
    metrics,
    clock,
    log,
    odsCodes: createOdsCodes({
      mode: config.sandbox ? 'list' : config.odsMode,
      organisationsUrl: organisationsUrlOf(config.odsUrl ?? simulatedDirectory),
      cacheHours: config.odsCacheHours,
      db,
      outgoing,
      clock,
      log,
      metrics,
    }),
    callers: createCallers(db, platform.apiKeys),
    callCounts: createCallCounts(db, clock, log),
    rateLimit: createRateLimit(db, clock, config.requestsPerMinute),
    lookUpTeam: createBatchedLookup({
      find: (keys) => selectTeamBodies(readPool, keys),
      maxConcurrent: LOOKUP_STATEMENTS,
    }),
    lookUpProduct: createBatchedLookup({
      find: (keys) => selectProductBodies(readPool, keys),
      maxConcurrent: LOOKUP_STATEMENTS,
    }),
    teamIntake: createTeamIntake(databases.parties_create, register),
    productIntake: createProductIntake(databases.parties_create, register),
    drawProductId: newProductId,
    workspaces: { db, clock, siblingDatabaseUrl: (name) => platform.siblingDatabaseUrl(name) },
    feedSigner: createFeedSigner({ seed: config.feedKey, dataDir: platformConfig.dataDir }),
  };
}
