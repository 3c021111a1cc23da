import { type Static, Type } from 'typebox';
import { notify } from '#notify';
import type { SettingValues } from '#platform/config';
import type { Handle } from '#platform/db';
import type { AppliedChange, ApplySection, Module, ModuleDefinition, ModulePlatform } from '#platform/module';
import { createAlarmContext } from './alarms/alarm-context.ts';
import { createSignals } from './alarms/signals.ts';
import { directoryConsole } from './console/index.ts';
import type { DirectoryContext } from './context.ts';
import { readServiceStatus } from './dashboard/service-status.ts';
import { connectDos } from './dos/connection.ts';
import { createDosFacts } from './dos/dos-facts.ts';
import { createPostRejection } from './emails/post-rejection.ts';
import { countMetric, createDirectoryMetrics, recordedEvents } from './events.ts';
import { createFirewall } from './firewall/firewall.ts';
import { createAccessLog } from './intake/access-log.ts';
import { createAddressAllowList } from './intake/address-allow-list.ts';
import { createBurstBrake } from './intake/burst-brake.ts';
import { createIntake } from './intake/intake.ts';
import { createRateLimiter } from './intake/rate-limit.ts';
import { operatorCommands, operatorRoutes } from './operator-routes/index.ts';
import { OPERATOR_KEYS } from './operator-routes/operator-access.ts';
import { profileOf } from './profiles.ts';
import { createReleaseGate } from './releases/release-gate.ts';
import { createContractLog } from './reports/contract-log.ts';
import { METRIC_NAMES } from './reports/metrics.ts';
import { directoryRoutes } from './routes/index.ts';
import { type RunSummary, selectRunSummary } from './runs/run-queries.ts';
import { directorySettings } from './settings.ts';
import { directoryTasks } from './tasks/index.ts';

export type { RunSummary };

/** NHS DoS Integration: change events in, the Directory of Services corrected. */
export const directory: ModuleDefinition<typeof directorySettings> = {
  name: 'directory',
  title: 'Directory',
  portOffset: 3,
  settings: directorySettings,
  migrations: new URL('./migrations/', import.meta.url),
  create: createDirectory,
};

/** What became of the change events whose correlation ids start with `prefix`, accepted since `since`. */
export function summariseRun(handle: Handle, prefix: string, since: Date): Promise<RunSummary> {
  return selectRunSummary(handle, prefix, since);
}

/** Requests of one address: 150,000 in five minutes (7.3). */
const FIREWALL_LIMIT = { perSecond: 500, burst: 150_000 };

/** Sums of signals are kept for each so many seconds. */
const SIGNAL_SLOT_SECONDS = 5;

async function createDirectory(
  platform: ModulePlatform<SettingValues<typeof directorySettings>>,
): Promise<Module> {
  const { config, db, jobs, apiKeys, log } = platform;
  const profile = profileOf(config.profile);
  const metrics = createDirectoryMetrics(platform.metrics);
  const alarms = createAlarmContext(config, platform.platformConfig);
  const signals = createSignals({
    handle: db.kysely,
    clock: platform.clock,
    log,
    environments: alarms.environments,
    metrics: platform.metrics,
    known: [
      ...Object.values(METRIC_NAMES).map((name) => ({ scope: 'release' as const, name })),
      ...alarms.rules.flatMap(({ scope, watch }) =>
        (watch.kind === 'rate' ? [watch.signal, watch.of] : [watch.signal]).map((name) => ({ scope, name })),
      ),
    ],
    slotSeconds: Math.min(SIGNAL_SLOT_SECONDS, alarms.minuteSeconds),
  });
  const dos = connectDos(config, { url: platform.siblingDatabaseUrl('dos'), adminUrl: db.url }, log);
  const allowList = createAddressAllowList(
    { handle: db.kysely, clock: platform.clock },
    alarms.environments.shared,
    config.allowedAddresses,
  );
  const ctx: DirectoryContext = {
    config,
    db,
    dos,
    dosFacts: createDosFacts(dos.reader.kysely, platform.clock),
    jobs,
    events: recordedEvents(platform.events),
    metrics,
    clock: platform.clock,
    log,
    contractLog: createContractLog({
      output: platform.output,
      clock: platform.clock,
      level: config.contractLogLevel,
      profile: config.profile,
      environment: config.environment,
      onMetric: (metric, properties) => countMetric({ metrics, signals }, metric, properties),
    }),
    signals,
    alarms,
    endpointUrl: `http://${platform.platformConfig.host}:${platform.platformConfig.portBase + directory.portOffset}`,
    outgoing: platform.outgoing,
    postRejection: createPostRejection(config, { notify: platform.faceOf(notify), mail: platform.mail }),
    isMailLocal: isOnThisMachine(platform.platformConfig.smtpUrl),
    apiKeys,
    audit: platform.audit,
    blobs: platform.blobs,
    rateLimiter: createRateLimiter(db.kysely, {
      perSecond: config.requestsPerSecond ?? profile.requestsPerSecond,
      burst: config.requestBurst,
    }),
    allowList,
    firewall: profile.hasFirewall
      ? createFirewall({
          allowList,
          limiter: createRateLimiter(db.kysely, FIREWALL_LIMIT),
          blockedAddresses: config.blockedAddresses,
          countryHeader: config.countryHeader,
          hasPatterns: config.firewallPatterns,
          count: (signal) => signals.count('shared', signal),
        })
      : undefined,
    accessLog: createAccessLog(platform.output),
    intake: createIntake(db, jobs),
    brake: createBurstBrake(),
    releases: createReleaseGate({ db, release: config.environment, version: config.imageVersion }),
  };
  return {
    routes: directoryRoutes(ctx),
    operatorRoutes: operatorRoutes(ctx),
    ...directoryTasks(ctx),
    apply: apiKeySection(platform),
    commands: operatorCommands(ctx),
    console: directoryConsole(ctx),
    databases: { dos: dos.writer.url },
    prepare: async () => {
      await dos.prepare();
      await ensureEndpointKey(ctx);
      if (config.operatorKey !== undefined) {
        await ctx.apiKeys.put(OPERATOR_KEYS, 'settings', config.operatorKey);
      }
    },
    health: async () => {
      const details = await readServiceStatus(ctx);
      return {
        dos: { status: (await dos.isReachable()) ? 'UP' : 'DOWN' },
        pipeline: { status: 'UP', ...(details && { details }) },
      };
    },
    [Symbol.asyncDispose]: async () => {
      await ctx.intake.drain();
      ctx.accessLog.flush();
      await ctx.releases[Symbol.asyncDispose]();
      await signals[Symbol.asyncDispose]();
      await dos[Symbol.asyncDispose]();
    },
  };
}

/** Without a mail server mail goes to the simulated inbox. */
function isOnThisMachine(smtpUrl: string | undefined): boolean {
  const host = smtpUrl === undefined ? '127.0.0.1' : new URL(smtpUrl).hostname;
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);
}

/** Spec section 7.1: `dev` accepts the key it is started with; the others refuse to start without any key at all. */
async function ensureEndpointKey({ config, apiKeys, log }: DirectoryContext): Promise<void> {
  if (config.endpointKey !== undefined) await apiKeys.put('directory', 'nhs-uk', config.endpointKey);
  else if ((await apiKeys.list('directory')).length === 0) {
    if (config.profile !== 'dev') {
      throw new Error(
        `PROFILE=${config.profile} needs an API key for NHS.uk: set NHS_UK_API_KEY, or apply "directory: api_keys"`,
      );
    }
    log.warn('no API key for the change-event endpoint: set NHS_UK_API_KEY or apply "directory: api_keys"');
  }
}

type SectionContext = Pick<ModulePlatform<unknown>, 'db' | 'apiKeys' | 'audit'>;

const Keys = Type.Array(
  Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 100 }),
      key: Type.String({ minLength: 20, maxLength: 200 }),
    },
    { additionalProperties: false },
  ),
);

/** `api_keys` open the change-event endpoint, `operator_keys` the operator interface. */
const ApiKeysSchema = Type.Object(
  { api_keys: Type.Optional(Keys), operator_keys: Type.Optional(Keys) },
  { additionalProperties: false },
);

function apiKeySection({ db, apiKeys, audit }: SectionContext): ApplySection {
  return {
    key: 'directory',
    schema: ApiKeysSchema,
    apply: async (section, { dryRun, actor }) => {
      // `apply` has checked the section against the schema above.
      const { api_keys: endpoint = [], operator_keys: operators = [] } = section as Static<
        typeof ApiKeysSchema
      >;
      const wanted = [
        ...endpoint.map((entry) => ({ ...entry, owner: 'directory', kind: 'API key' })),
        ...operators.map((entry) => ({ ...entry, owner: OPERATOR_KEYS, kind: 'operator key' })),
      ];
      const changes: AppliedChange[] = [];
      for (const { name, key, owner, kind } of wanted) {
        const target = `directory ${kind} ${name}`;
        const known = (await apiKeys.list(owner)).find((other) => other.name === name);
        const inUse = await apiKeys.verify(owner, key);
        if (inUse?.name === name && known?.revokedAt === null) {
          changes.push({ target, change: 'unchanged' });
          continue;
        }
        const change = known ? 'changed' : 'created';
        if (!dryRun) {
          await apiKeys.put(owner, name, key);
          await audit(db.kysely, { actor, action: `api_key.${change}`, target: `api_key:${owner}:${name}` });
        }
        changes.push({ target, change });
      }
      return changes;
    },
  };
}
