import type { AuthContext } from '#platform/auth';
import type { PlatformConfig } from '#platform/config';
import type { Database } from '#platform/db';
import type { EventRegister } from '#platform/events';
import type { Jobs } from '#platform/jobs';
import type { Clock, Logger } from '#platform/telemetry';
import type { ConsoleSection } from './page-tools.ts';

/** One database with the jobs and events that live in it. */
export interface ConsoleStore {
  name: string;
  db: Database;
  jobs: Jobs;
  events: EventRegister;
}

export interface ConsoleModule {
  name: string;
  title: string;
  /** Name of the store that holds its jobs. */
  store: string;
  health(): Promise<Record<string, { status: 'UP' | 'DOWN'; details?: Record<string, unknown> }>>;
  section?: ConsoleSection | undefined;
}

export interface ConsoleOptions {
  /** The first one also keeps the operators and their sessions. */
  stores: [ConsoleStore, ...ConsoleStore[]];
  modules: ConsoleModule[];
  config: Pick<PlatformConfig, 'sessionHours'>;
  clock: Clock;
  log: Logger;
  /** Shown at the foot of each page. */
  version?: string;
}

/** What the pages work with. */
export interface ConsoleContext extends ConsoleOptions {
  auth: AuthContext;
}
