import type { ApiKeyStore, AuditWriter } from '#platform/auth';
import type { SettingValues } from '#platform/config';
import type { Database, GroupCommit } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import type { Jobs } from '#platform/jobs';
import type { Clock, Logger } from '#platform/telemetry';
import type { DosFacts } from './dos/dos-facts.ts';
import type { DirectoryMetrics } from './events.ts';
import type { BurstBrake } from './intake/burst-brake.ts';
import type { AcceptedChangeEvent } from './intake/change-event-request.ts';
import type { RateLimiter } from './intake/rate-limit.ts';
import type { ContractLog } from './reports/contract-log.ts';
import type { directorySettings } from './settings.ts';

/** What the module's own code works with; built once in `index.ts` and passed along. */
export interface DirectoryContext {
  config: SettingValues<typeof directorySettings>;
  db: Database;
  /** The Directory of Services: the read replica for matching, the writer for everything that may change it. */
  dos: { reader: Database; writer: Database };
  dosFacts: DosFacts;
  jobs: Jobs;
  events: ModuleRegister;
  metrics: DirectoryMetrics;
  clock: Clock;
  log: Logger;
  /** The lines that users of the original search and report on. */
  contractLog: ContractLog;
  apiKeys: ApiKeyStore;
  audit: AuditWriter;
  rateLimiter: RateLimiter;
  isAddressAllowed: (address: string) => boolean;
  intake: GroupCommit<AcceptedChangeEvent>;
  brake: BurstBrake;
}
