import type { ApiKeyStore, AuditWriter } from '#platform/auth';
import type { BlobStore } from '#platform/blobs';
import type { SettingValues } from '#platform/config';
import type { Database, GroupCommit } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import type { OutgoingCalls } from '#platform/http';
import type { Jobs } from '#platform/jobs';
import type { Clock, Logger } from '#platform/telemetry';
import type { AlarmContext } from './alarms/alarm-context.ts';
import type { Signals } from './alarms/signals.ts';
import type { DosFacts } from './dos/dos-facts.ts';
import type { PostRejection } from './emails/post-rejection.ts';
import type { DirectoryMetrics } from './events.ts';
import type { Firewall } from './firewall/firewall.ts';
import type { AccessLog } from './intake/access-log.ts';
import type { AddressAllowList } from './intake/address-allow-list.ts';
import type { BurstBrake } from './intake/burst-brake.ts';
import type { AcceptedChangeEvent } from './intake/change-event-request.ts';
import type { RateLimiter } from './intake/rate-limit.ts';
import type { ReleaseGate } from './releases/release-gate.ts';
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
  /** This machine's own listener for change events. */
  endpointUrl: string;
  signals: Signals;
  alarms: AlarmContext;
  outgoing: OutgoingCalls;
  postRejection: PostRejection;
  /** Mail stays on this machine. */
  isMailLocal: boolean;
  apiKeys: ApiKeyStore;
  audit: AuditWriter;
  blobs: BlobStore;
  rateLimiter: RateLimiter;
  allowList: AddressAllowList;
  /** Undefined where it is off. */
  firewall: Firewall | undefined;
  accessLog: AccessLog;
  intake: GroupCommit<AcceptedChangeEvent>;
  brake: BurstBrake;
  releases: ReleaseGate;
}
