import type { SettingValues } from '#platform/config';
import type { ModulePlatform } from '#platform/module';
import { createCallCounts } from './callers/call-counts.ts';
import { createCallers } from './callers/callers.ts';
import { createRateLimit } from './callers/rate-limit.ts';
import type { PartiesContext } from './context.ts';
import { newProductId } from './domain/identifiers.ts';
import { createPartiesMetrics } from './events.ts';
import { createFeedSigner } from './history/feed-key.ts';
import { organisationsUrlOf } from './ods/ask-directory.ts';
import { createOdsCodes } from './ods/ods-codes.ts';
import { declareCodes } from './ods/ods-queries.ts';
import { readPolicy } from './policies/policies.ts';
import { RESERVED_IDS_FILE, readReservedIds } from './reserved-ids/reserved-ids.ts';
import { additions, operations } from './routes/index.ts';
import { resetSandbox } from './sandbox/reset-sandbox.ts';
import { isEmpty } from './sandbox/sandbox-queries.ts';
import type { partiesSettings } from './settings.ts';
import { createBatchedLookup } from './store/batched-lookup.ts';
import { createProductIntake } from './store/create-products.ts';
import { createTeamIntake } from './store/create-teams.ts';
import { selectProductBodies, selectTeamBodies } from './store/lookup-queries.ts';
import { openOperationDatabases, prepareRoles } from './store/operation-databases.ts';
import { insertReservedIds } from './store/product-queries.ts';

export type PartiesPlatform = ModulePlatform<SettingValues<typeof partiesSettings>>;

/** Statements of one kind of look-up under way at a time in a process. */
const LOOKUP_STATEMENTS = 2;
/** The code of the published examples, which every list of codes holds (spec section 6.5). */
const EXAMPLE_ODS_CODE = 'F5H1R';

/** One register: its connections, intakes and look-ups. Nothing is read or written yet. */
export function createContext(platform: PartiesPlatform): PartiesContext {
  const { config, platformConfig, db, clock, log, tracer, outgoing, events: register } = platform;
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
    tracer,
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

/** What the register needs before anything is asked of it: roles, reserved ids, the data of a sandbox. */
export async function prepareRegister(ctx: PartiesContext): Promise<void> {
  const { config, db } = ctx;
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
}

/** Ends what is under way and closes the connections of the interface. */
export async function closeContext(ctx: PartiesContext): Promise<void> {
  await ctx.teamIntake.drain();
  await ctx.productIntake.drain();
  await ctx.callCounts[Symbol.asyncDispose]();
  await ctx.databases[Symbol.asyncDispose]();
}
