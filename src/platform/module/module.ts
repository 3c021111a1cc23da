import type { FastifyPluginAsync } from 'fastify';
import type { TSchema } from 'typebox';
import type { Actor, ApiKeyStore, AuditWriter } from '#platform/auth';
import type { BlobStore } from '#platform/blobs';
import type { PlatformConfig, Settings, SettingValues } from '#platform/config';
import type { ConsoleSection } from '#platform/console';
import type { Database } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import type { OutgoingCalls } from '#platform/http';
import type { Jobs, TaskDefinition } from '#platform/jobs';
import type { Mailer } from '#platform/mail';
import type { RunningProcess } from '#platform/processes';
import type { Clock, Logger, LogOutput, Metrics, Tracer } from '#platform/telemetry';

/** What `app.ts` lists: everything the platform must know before a module runs. */
export interface ModuleDefinition<S extends Settings = Settings, F = unknown> {
  name: string;
  /** For people: the console's navigation and the start banner. */
  title: string;
  /** The module's port is SIGNALBOX_PORT_BASE plus this. */
  portOffset: number;
  settings: S;
  /** Folder of the module's numbered schema migrations; its PostgreSQL schema has the module's name. */
  migrations: URL;
  create(platform: ModulePlatform<SettingValues<S>>): Promise<Module<F>>;
}

/** What a module is given; it takes nothing from anywhere else. */
export interface ModulePlatform<C> {
  config: C;
  platformConfig: PlatformConfig;
  log: Logger;
  /** For lines whose format is a contract of the module's own; the platform's go through `log`. */
  output: LogOutput;
  clock: Clock;
  db: Database;
  jobs: Jobs;
  events: ModuleRegister;
  metrics: Metrics;
  /** For spans inside a request; the listener records the request's own. */
  tracer: Tracer;
  mail: Mailer;
  /** Shared by all modules: the first segment of a key is the module's name. */
  blobs: BlobStore;
  outgoing: OutgoingCalls;
  apiKeys: ApiKeyStore;
  audit: AuditWriter;
  /**
   * Processes of this installation that were seen within so many seconds, with their metrics. They are noted in the main
   * database, which a module with a database of its own does not reach.
   */
  runningProcesses(seconds: number): Promise<RunningProcess[]>;
  /** URL of another database on the server that holds the module's own; undefined when that server is not ours to add to. */
  siblingDatabaseUrl(name: string): string;
  /** What another module, listed before this one in `app.ts`, offers to others; undefined where that one is not run. */
  faceOf<F>(definition: ModuleDefinition<Settings, F>): F | undefined;
}

export interface Module<F = unknown> {
  /** What other modules may call, by `faceOf`: plain functions on plain data. */
  face?: F;
  /** Mounted at the root of the module's own port and under `/<name>` on the console port. */
  routes: FastifyPluginAsync;
  /**
   * What operators' programs call, with a sign-in of its own: mounted under `/<name>` on the console port only, never
   * on the module's own port, which is the public one.
   */
  operatorRoutes?: FastifyPluginAsync;
  tasks: TaskDefinition[];
  /** Tasks that run by the clock, once however many workers there are. */
  schedules?: { task: TaskDefinition; cron: string; timeZone?: string }[];
  console?: ConsoleSection;
  apply?: ApplySection;
  commands?: ModuleCommand[];
  /** Further databases by the name `signalbox db url` knows them under. */
  databases?: Record<string, string>;
  /** Work before anything listens: reference data, an embedded copy of an outside database. Safe to run in every process. */
  prepare?(): Promise<void>;
  /** What the module needs besides its database. */
  health(): Promise<Record<string, ComponentHealth>>;
  /** Its routes answer /health and /info themselves, in the shape of a contract of their own. */
  hasOwnHealth?: boolean;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ComponentHealth {
  status: 'UP' | 'DOWN';
  details?: Record<string, unknown>;
}

/** One top-level key of the file that `signalbox apply` reads. */
export interface ApplySection {
  key: string;
  schema: TSchema;
  /** `section` has been checked against `schema`. Must be idempotent, and change nothing when `dryRun`. */
  apply(section: unknown, options: { dryRun: boolean; actor: Actor }): Promise<AppliedChange[]>;
}

export interface AppliedChange {
  target: string;
  change: 'created' | 'changed' | 'unchanged';
}

/** A command of the module: `signalbox <module> <name> ...`. */
export interface ModuleCommand {
  name: string;
  summary: string;
  /** What stands behind the name without a dash; each is required and comes in `values` by its name. */
  positionals?: { name: string; description: string }[];
  /** `short` is a single letter; underscores in place of the name's dashes are understood. */
  options: Record<
    string,
    { type: 'string' | 'boolean'; description: string; required?: boolean; short?: string }
  >;
  /** Returns the value printed by `--json`; `print` writes lines for people. Throws CommandRefusal for what they can mend. */
  run(values: ModuleCommandValues, print: (line: string) => void): Promise<unknown>;
}

export type ModuleCommandValues = Record<string, string | boolean | undefined>;

/** A command that did not do what was asked: its message is printed as it is. Exit code 2 means "asked wrongly". */
export class CommandRefusal extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = 'CommandRefusal';
    this.exitCode = exitCode;
  }
}
