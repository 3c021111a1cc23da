import { notify } from '#notify';
import type { SettingValues } from '#platform/config';
import type { Module, ModuleDefinition, ModulePlatform } from '#platform/module';
import { createFederation } from './accounts/federation.ts';
import { listsSection } from './apply.ts';
import { createArticles } from './articles/articles.ts';
import { listsCommands } from './commands.ts';
import { listsConsole } from './console/index.ts';
import type { ListsContext } from './context.ts';
import { createListsMetrics } from './events.ts';
import { createCourier } from './mail/courier.ts';
import { selectOutboxState } from './mail/outbox-queries.ts';
import { createPost } from './mail/post.ts';
import { createReencode } from './pictures/reencode.ts';
import { createPolicy } from './policy/policy.ts';
import { createSecrets, readOrMakeSecret } from './policy/secrets.ts';
import { createReserveIntake } from './reservations/reserve.ts';
import { listsRoutes } from './routes/index.ts';
import { listsSettings } from './settings.ts';
import { listsTasks } from './tasks/index.ts';

/** Gift lists that friends reserve from without spoiling the surprise: ewelists.com, and the public web app. */
export const lists: ModuleDefinition<typeof listsSettings> = {
  name: 'lists',
  title: 'Lists',
  portOffset: 5,
  settings: listsSettings,
  migrations: new URL('./migrations/', import.meta.url),
  create: createLists,
};

async function createLists(platform: ModulePlatform<SettingValues<typeof listsSettings>>): Promise<Module> {
  const { config, platformConfig, db, jobs, clock } = platform;
  const ctx: ListsContext = {
    config,
    platformConfig,
    db,
    jobs,
    events: platform.events,
    metrics: createListsMetrics(platform.metrics),
    clock,
    log: platform.log,
    blobs: platform.blobs,
    outgoing: platform.outgoing,
    audit: platform.audit,
    policy: createPolicy(db, config),
    secrets: createSecrets(config.secretKey ?? readOrMakeSecret(platformConfig.dataDir)),
    courier: createCourier(jobs, clock),
    federation: createFederation(config, platformConfig),
    articles: createArticles(config.articlesDirectory),
    reencode: createReencode(),
    runningProcesses: platform.runningProcesses,
    reserveIntake: createReserveIntake(() => ctx, db),
    publicOrigin: originOf(config, platformConfig),
  };
  const { tasks, schedules } = listsTasks(
    ctx,
    createPost(ctx, { notify: platform.faceOf(notify), mail: platform.mail }),
  );
  return {
    routes: listsRoutes(ctx),
    tasks,
    schedules,
    console: listsConsole(ctx),
    apply: listsSection(ctx),
    commands: listsCommands(ctx),
    health: async () => {
      const outbox = await selectOutboxState(db.kysely);
      return { outbox: { status: 'UP', details: { waiting: outbox.waiting, failed: outbox.failed } } };
    },
    [Symbol.asyncDispose]: () => ctx.reserveIntake.drain(),
  };
}

/** Without a slash at its end: links in e-mails are made by appending to it. */
function originOf(
  config: SettingValues<typeof listsSettings>,
  platformConfig: ListsContext['platformConfig'],
): string {
  const { publicOrigin } = config;
  if (publicOrigin === undefined) return `http://${platformConfig.host}:${platformConfig.portBase + 5}`;
  const { origin, pathname } = new URL(publicOrigin);
  if (!/^https?:\/\//.test(origin))
    throw new Error('PUBLIC_ORIGIN must be a web address such as https://lists.example');
  return origin + pathname.replace(/\/+$/, '');
}
