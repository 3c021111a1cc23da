import type { SettingValues } from '#platform/config';
import type { Module, ModuleDefinition, ModulePlatform } from '#platform/module';
import { createCheckWorkshop } from './bulk-sends/check-workshop.ts';
import { createCallbackSender } from './callbacks/callback-sender.ts';
import { notifyCommands } from './commands/index.ts';
import { watchConnections } from './connection-metrics.ts';
import { notifyConsole } from './console/index.ts';
import type { NotifyContext } from './context.ts';
import { createProviderChoice } from './delivery/provider-choice.ts';
import { createDocumentStore } from './documents/document-store.ts';
import { createVirusScanner } from './documents/virus-scanner.ts';
import { createNotifyMetrics } from './events.ts';
import { ensureBuiltIns } from './face/built-ins.ts';
import { createNotifyFace, type NotifyFace } from './face/face.ts';
import { createLetterWorkshop } from './letters/letter-workshop.ts';
import { createRequestLimits } from './limits/request-limits.ts';
import { createAcceptor } from './notifications/accept.ts';
import { readRates } from './notifications/notification-queries.ts';
import { createPrintClient } from './printing/print-client.ts';
import { createProviders } from './providers/index.ts';
import { createReceiptIntake } from './receipts/accept-receipts.ts';
import { createSendSchemas } from './requests/send-requests.ts';
import { notifyRoutes } from './routes/index.ts';
import { loadKeys } from './secrets/keys.ts';
import { createSecretBox } from './secrets/secret-box.ts';
import { notifyApplySection } from './services/apply-services.ts';
import { toService } from './services/service.ts';
import { findService } from './services/service-queries.ts';
import { createTemplates } from './services/templates.ts';
import { createTimedCache } from './services/timed-cache.ts';
import { notifySettings } from './settings.ts';
import { notifyTasks } from './tasks/index.ts';
import { readFilesOf } from './template-files/template-files.ts';
import { templatesCommand } from './templates-as-code/templates-command.ts';
import { ensureBuiltInMessages } from './users/built-in-messages.ts';
import { createWebsiteBuckets } from './website-files/website-buckets.ts';

export type { NotifyFace };

/** GOV.UK Notify: text messages, emails and letters for services, by the API that their clients know. */
export const notify: ModuleDefinition<typeof notifySettings, NotifyFace> = {
  name: 'notify',
  title: 'Notify',
  portOffset: 1,
  settings: notifySettings,
  migrations: new URL('./migrations/', import.meta.url),
  create: createNotify,
};

type Platform = ModulePlatform<SettingValues<typeof notifySettings>>;

/** Service settings and keys may be this old (public section 7.2). */
const SERVICE_CACHE_MS = 2_000;
const RATES_CACHE_MS = 60_000;
const TEMPLATE_FILES_CACHE_MS = 2_000;
/** A file that keeps the thread for letters busy for longer cannot be read. */
const LETTER_TIMEOUT_MS = 20_000;

/** A module whose context its own tests and tools can reach. */
export type NotifyModule = Module<NotifyFace> & { context: NotifyContext };

async function createNotify(platform: Platform): Promise<NotifyModule> {
  const ctx = createContext(platform);
  return {
    context: ctx,
    face: createNotifyFace(ctx),
    routes: notifyRoutes(ctx),
    ...notifyTasks(ctx),
    console: notifyConsole(ctx),
    apply: notifyApplySection(ctx, platform.audit),
    commands: [...notifyCommands(ctx), templatesCommand(ctx)],
    prepare: async () => {
      await ensureBuiltIns(ctx);
      await ensureBuiltInMessages(ctx);
    },
    health: async () => ({}),
    [Symbol.asyncDispose]: async () => {
      await ctx.acceptor.drain();
      await ctx.receipts.drain();
      await ctx.callbackSender[Symbol.asyncDispose]();
      await ctx.letters[Symbol.asyncDispose]();
      await ctx.checkWorkshop[Symbol.asyncDispose]();
      for (const provider of ctx.providers.values()) await provider[Symbol.asyncDispose]?.();
    },
  };
}

function createContext(platform: Platform): NotifyContext {
  const { config, platformConfig, db, jobs, clock, log, outgoing } = platform;
  const keys = loadKeys({
    dataDir: platformConfig.dataDir,
    secretKey: config.secretKey,
    tokenSecretKey: config.tokenSecretKey,
    linkSecret: config.linkSecret,
    linkSalt: config.linkSalt,
  });
  const secrets = createSecretBox(keys.encryption);
  const metrics = createNotifyMetrics(platform.metrics);
  watchConnections(db, metrics);
  const providers = createProviders({ config, platformConfig, outgoing, clock, metrics });
  const apiUrl = (config.apiHostName ?? `http://127.0.0.1:${platformConfig.portBase + 1}`).replace(
    /\/+$/,
    '',
  );
  const documentsUrl = (config.documentsUrl ?? apiUrl).replace(/\/+$/, '');
  const scanner = createVirusScanner(config.virusScanner);
  const { callbackPrivateAddresses: privacy, isRateLimited, isDailyLimited } = config;
  return {
    config,
    db,
    jobs,
    events: platform.events,
    metrics,
    clock,
    log,
    outgoing,
    blobs: platform.blobs,
    keys,
    secrets,
    services: createTimedCache(SERVICE_CACHE_MS, async (id) => {
      const row = await findService(db.kysely, id, clock.now());
      return row && toService(row, secrets);
    }),
    templates: createTemplates(db),
    templateFiles: createTimedCache(TEMPLATE_FILES_CACHE_MS, (key) => readFilesOf(db, key)),
    rates: createTimedCache(RATES_CACHE_MS, () => readRates(db.kysely)),
    schemas: createSendSchemas(clock),
    limits: createRequestLimits({ db, clock, log, isRateLimited, isDailyLimited, metrics }),
    acceptor: createAcceptor({ db, jobs, isDailyLimited, metrics }),
    receipts: createReceiptIntake({ db, jobs }),
    providers,
    providerChoice: createProviderChoice({
      db,
      clock,
      log,
      available: new Set(providers.keys()),
      metrics,
    }),
    callbackSender: createCallbackSender({
      allowsPrivateAddresses: privacy === 'allow' || (privacy === 'auto' && platformConfig.simulators),
    }),
    documents: createDocumentStore({ blobs: platform.blobs, clock, baseUrl: documentsUrl, scanner }),
    letters: createLetterWorkshop({ timeoutMs: LETTER_TIMEOUT_MS }),
    printer: createPrintClient({
      db,
      config,
      secrets,
      clock,
      outgoing,
      log,
      printUrl: (config.printUrl ?? `http://127.0.0.1:${platformConfig.portBase + 20}/print`).replace(
        /\/+$/,
        '',
      ),
    }),
    audit: platform.audit,
    checkWorkshop: createCheckWorkshop(),
    documentsUrl,
    scanner,
    websiteBuckets: createWebsiteBuckets(config, platformConfig),
    apiUrl,
    startedAt: clock.now(),
  };
}
