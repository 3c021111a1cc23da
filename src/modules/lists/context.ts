import type { AuditWriter } from '#platform/auth';
import type { BlobStore } from '#platform/blobs';
import type { PlatformConfig, SettingValues } from '#platform/config';
import type { Database, GroupCommit } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import type { OutgoingCalls } from '#platform/http';
import type { Jobs } from '#platform/jobs';
import type { ModulePlatform } from '#platform/module';
import type { Clock, Logger } from '#platform/telemetry';
import type { Federation } from './accounts/federation.ts';
import type { Articles } from './articles/articles.ts';
import type { ListsMetrics } from './events.ts';
import type { Courier } from './mail/courier.ts';
import type { Reencode } from './pictures/reencode.ts';
import type { Policy } from './policy/policy.ts';
import type { Secrets } from './policy/secrets.ts';
import type { ReserveItem } from './reservations/reserve.ts';
import type { listsSettings } from './settings.ts';

/** What the module's own code works with; built once in `index.ts` and passed along. */
export interface ListsContext {
  config: SettingValues<typeof listsSettings>;
  platformConfig: PlatformConfig;
  db: Database;
  jobs: Jobs;
  events: ModuleRegister;
  metrics: ListsMetrics;
  clock: Clock;
  log: Logger;
  blobs: BlobStore;
  outgoing: OutgoingCalls;
  audit: AuditWriter;
  policy: Policy;
  secrets: Secrets;
  courier: Courier;
  federation: Federation;
  articles: Articles;
  /** Makes a new picture of an uploaded one. */
  reencode: Reencode;
  /** Processes of this installation, of whatever role, that were seen within so many seconds. */
  runningProcesses: ModulePlatform<unknown>['runningProcesses'];
  /** Reservations that arrive together share a transaction. */
  reserveIntake: GroupCommit<ReserveItem>;
  /** Address of the web app without a slash at its end: what links in e-mails begin with. */
  publicOrigin: string;
}
