import type { SettingValues } from '#platform/config';
import type { Database, GroupCommit } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import type { Clock, Logger, Tracer } from '#platform/telemetry';
import type { CallCounts } from './callers/call-counts.ts';
import type { Callers } from './callers/callers.ts';
import type { RateLimit } from './callers/rate-limit.ts';
import type { PartiesMetrics } from './events.ts';
import type { FeedSigner } from './history/feed-key.ts';
import type { OdsCodes } from './ods/ods-codes.ts';
import type { partiesSettings } from './settings.ts';
import type { Lookup } from './store/batched-lookup.ts';
import type { ProductCreation } from './store/create-products.ts';
import type { TeamCreation } from './store/create-teams.ts';
import type { OperationDatabases } from './store/operation-databases.ts';
import type { WorkspaceContext } from './workspaces/workspaces.ts';

/** What the module's own code works with; built once in `index.ts` and passed along. */
export interface PartiesContext {
  config: SettingValues<typeof partiesSettings>;
  /** The module's database with all its rights: set-up, the console, commands. */
  db: Database;
  /** Connections of the interface, which may do what each operation's policy says and no more. */
  databases: OperationDatabases;
  register: ModuleRegister;
  metrics: PartiesMetrics;
  clock: Clock;
  log: Logger;
  tracer: Tracer;
  odsCodes: OdsCodes;
  callers: Callers;
  callCounts: CallCounts;
  rateLimit: RateLimit | undefined;
  lookUpTeam: Lookup;
  lookUpProduct: Lookup;
  teamIntake: GroupCommit<TeamCreation>;
  productIntake: GroupCommit<ProductCreation>;
  /** A product id that may be taken. */
  drawProductId: () => string;
  feedSigner: () => FeedSigner;
  workspaces: WorkspaceContext;
}
