import { join } from 'node:path';
import { directory } from '#directory';
import { lists } from '#lists';
import { migration } from '#migration';
import { notify } from '#notify';
import { parties } from '#parties';
import { authMigrations, createApiKeyStore, recordAudit } from '#platform/auth';
import { type BlobConfig, type BlobStore, createBlobStore } from '#platform/blobs';
import { type PlatformConfig, readSettings, type Settings, setting } from '#platform/config';
import {
  type Database,
  type MigrationSet,
  migrate,
  openDatabase,
  siblingUrl,
  withNamedLock,
} from '#platform/db';
import { createEventRegister, type EventRegister, eventMigrations } from '#platform/events';
import { createOutgoingCalls, type OutgoingCalls } from '#platform/http';
import { createJobs, type Jobs, jobsMigrations } from '#platform/jobs';
import { createMailer, type Mailer } from '#platform/mail';
import type { Module, ModuleDefinition } from '#platform/module';
import { listProcesses, processMigrations } from '#platform/processes';
import {
  type Clock,
  createMetrics,
  createTracer,
  type Logger,
  type LogOutput,
  type Metrics,
  systemClock,
  type Tracer,
} from '#platform/telemetry';

/** Every module. Adding one is this line, its folder, and its alias in package.json. */
export const moduleDefinitions: ModuleDefinition[] = [notify, parties, directory, migration, lists];

export const platformMigrationSets: MigrationSet[] = [
  authMigrations,
  eventMigrations,
  jobsMigrations,
  processMigrations,
];

/** One database with everything that lives in it. Modules without a URL of their own share the first. */
export interface Store {
  /** `main`, or the module whose own database it is. */
  name: string;
  db: Database;
  jobs: Jobs;
  events: EventRegister;
}

export interface RunningModule {
  definition: ModuleDefinition;
  module: Module;
  store: Store;
}

export interface App {
  config: PlatformConfig;
  log: Logger;
  clock: Clock;
  metrics: Metrics;
  tracer: Tracer;
  mail: Mailer;
  blobs: BlobStore;
  outgoing: OutgoingCalls;
  stores: [Store, ...Store[]];
  modules: RunningModule[];
  [Symbol.asyncDispose](): Promise<void>;
}

export interface AppOptions {
  config: PlatformConfig;
  /** The database to use when the configuration names none: the embedded server's. */
  databaseUrl: string;
  environment: NodeJS.ProcessEnv;
  log: Logger;
  /** Where modules print lines of a format of their own: the output of `log`. */
  output: LogOutput;
  clock?: Clock;
  /** Shown by PostgreSQL in pg_stat_activity. */
  role: string;
  /** Leaves out what modules put into their own tables at the start: schemas and queues alone, to be copied. */
  isSchemaOnly?: boolean;
}

/** Builds the platform and the modules asked for, on migrated databases. Nothing listens or works yet. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, environment, log } = options;
  const clock = options.clock ?? systemClock;
  const metrics = createMetrics({ collectProcessMetrics: true });
  const mail = createMailer({
    url: config.smtpUrl ?? `smtp://127.0.0.1:${config.portBase + 21}`,
    from: config.mailFrom,
    log: log.child({ subsystem: 'mail' }),
  });
  const tracer = createTracer({
    endpoint: config.otlpEndpoint,
    serviceName: `signalbox-${options.role}`,
    log: log.child({ subsystem: 'tracing' }),
  });
  const blobs = createBlobStore(blobConfigOf(config));
  const outgoing = createOutgoingCalls({ metrics, tracer });
  const definitions = moduleDefinitions.filter((definition) => config.modules.includes(definition.name));
  const unknown = config.modules.filter((name) => !moduleDefinitions.some((known) => known.name === name));
  if (unknown.length > 0) throw new Error(`SIGNALBOX_MODULES names unknown modules: ${unknown.join(', ')}`);

  const shared = { ...options, clock, metrics, tracer };
  const ownUrls = new Map(
    definitions.map((definition) => [
      definition,
      readSettings(databaseSettingOf(definition), environment).url ?? options.databaseUrl,
    ]),
  );
  const sharing = definitions.filter((definition) => ownUrls.get(definition) === options.databaseUrl);
  const main = await openStore({ ...shared, name: 'main', url: options.databaseUrl, definitions: sharing });
  const stores: App['stores'] = [main];
  const modules: RunningModule[] = [];
  for (const definition of definitions) {
    const url = ownUrls.get(definition) ?? options.databaseUrl;
    const store = sharing.includes(definition)
      ? main
      : await openStore({ ...shared, name: definition.name, url, definitions: [definition] });
    if (store !== main) stores.push(store);
    const module = await definition.create({
      config: readSettings(definition.settings, environment),
      platformConfig: config,
      log: log.child({ subsystem: definition.name }),
      output: options.output,
      clock,
      db: store.db,
      jobs: store.jobs,
      events: store.events.forModule(definition.name),
      metrics,
      tracer,
      mail,
      blobs,
      outgoing,
      apiKeys: createApiKeyStore(store.db),
      audit: recordAudit,
      runningProcesses: (seconds) => listProcesses(main.db.kysely, seconds),
      siblingDatabaseUrl: (name) => siblingUrl(store.db.url, name),
      // A definition's face is what its own `create` returned, which is where its type comes from.
      faceOf: <F>(other: ModuleDefinition<Settings, F>) =>
        modules.find((running) => running.definition.name === other.name)?.module.face as F | undefined,
    });
    if (!options.isSchemaOnly) await module.prepare?.();
    modules.push({ definition, module, store });
  }
  for (const store of stores) {
    // pg-boss makes its schema without regard to another process that does the same at its first start.
    await withNamedLock(store.db, 'signalbox jobs schema', () => store.jobs.prepare(tasksOf(modules, store)));
  }

  return {
    config,
    log,
    clock,
    metrics,
    tracer,
    mail,
    blobs,
    outgoing,
    stores,
    modules,
    [Symbol.asyncDispose]: async () => {
      for (const { module } of modules) await module[Symbol.asyncDispose]();
      for (const store of stores) {
        await store.jobs.stop();
        await store.db[Symbol.asyncDispose]();
      }
      await outgoing[Symbol.asyncDispose]();
      await tracer[Symbol.asyncDispose]();
    },
  };
}

/** Blobs go to the S3 bucket the settings name, else below the data folder. */
function blobConfigOf(config: PlatformConfig): BlobConfig {
  if (config.s3Bucket === undefined) return { kind: 'disk', directory: join(config.dataDir, 'blobs') };
  if (config.s3AccessKeyId === undefined || config.s3SecretAccessKey === undefined) {
    throw new Error('SIGNALBOX_S3_BUCKET needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  return {
    kind: 's3',
    bucket: config.s3Bucket,
    endpoint: config.s3Endpoint,
    region: config.s3Region,
    accessKeyId: config.s3AccessKeyId,
    secretAccessKey: config.s3SecretAccessKey,
  };
}

/** The tasks whose jobs live in `store`. */
export function tasksOf(modules: RunningModule[], store: Store) {
  return modules.filter((running) => running.store === store).flatMap(({ module }) => module.tasks);
}

/** `<MODULE>_DATABASE_URL`: a database of the module's own. */
export function databaseSettingOf(definition: ModuleDefinition) {
  return {
    url: setting.url(`${definition.name.toUpperCase()}_DATABASE_URL`, {
      fallback: undefined,
      description: `Database of the ${definition.name} module alone; without it the module shares DATABASE_URL`,
      secret: true,
    }),
  } satisfies Settings;
}

async function openStore(
  options: AppOptions & {
    name: string;
    url: string;
    clock: Clock;
    metrics: Metrics;
    tracer: Tracer;
    definitions: ModuleDefinition[];
  },
): Promise<Store> {
  const { config, log, clock, metrics, tracer, name, url, definitions } = options;
  const db = openDatabase({
    url,
    maxConnections: config.databaseConnections,
    applicationName: `signalbox ${options.role}`,
    onError: (error) => log.warn({ err: error, store: name }, 'idle database connection lost'),
  });
  await migrate(db, [
    ...platformMigrationSets,
    ...definitions.map((definition) => ({ name: definition.name, directory: definition.migrations })),
  ]);
  const events = createEventRegister({ db, clock, retentionDays: config.eventRetentionDays });
  await events.keepPartitions();
  const jobs = createJobs({
    db,
    log: log.child({ subsystem: 'jobs', store: name }),
    events: events.forModule('platform'),
    metrics,
    tracer,
    audit: recordAudit,
  });
  return { name, db, jobs, events };
}
