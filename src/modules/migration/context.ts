import type { AuditWriter, BearerVerifier } from '#platform/auth';
import type { Database, GroupCommit } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import type { OutgoingCalls } from '#platform/http';
import type { Jobs } from '#platform/jobs';
import type { Clock, Logger } from '#platform/telemetry';
import type { Domain } from './engine/domain.ts';
import type { MigrationMetrics } from './events.ts';
import type { CreatedCommit, PostingCommit } from './ledger/ledger-commits.ts';
import type { MappingStore } from './mappings/mapping-store.ts';
import type { MigrationConfig } from './settings.ts';
import type { Upstreams } from './upstreams/index.ts';

/** What the module's own code works with; built once in `index.ts` and passed along. */
export interface MigrationContext {
  config: MigrationConfig;
  db: Database;
  jobs: Jobs;
  events: ModuleRegister;
  metrics: MigrationMetrics;
  clock: Clock;
  log: Logger;
  audit: AuditWriter;
  outgoing: OutgoingCalls;
  upstreams: Upstreams;
  mappings: MappingStore;
  domains: readonly Domain[];
  verifier: BearerVerifier;
  /** Ledger writes of all records in work, committed in groups. */
  posting: GroupCommit<PostingCommit>;
  created: GroupCommit<CreatedCommit>;
}
