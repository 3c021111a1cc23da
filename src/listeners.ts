import type { AddressInfo } from 'node:net';
import { createConsole } from '#platform/console';
import { isReachable } from '#platform/db';
import {
  createHttpServer,
  type HealthReport,
  type HttpServer,
  registerApiDocument,
  registerHealth,
} from '#platform/http';
import { listProcesses } from '#platform/processes';
import { mergedMetricsText } from '#platform/telemetry';
import { registerApiPage } from './api-page.ts';
import type { App, RunningModule, Store } from './app.ts';
import { version } from './version.ts';

export interface Listeners {
  console: { url: string };
  modules: { name: string; title: string; url: string }[];
  /** Stops accepting, lets running requests end. */
  close(): Promise<void>;
}

/** Roles other than this one that `GET /health/readiness` waits for. */
export interface ReadinessOptions {
  expectedRoles: string[];
}

/** How long a silent process counts as running; rows are renewed every 3 s. */
const SEEN_SECONDS = 10;

/** One listener for the console with every module below `/<module>`, and one for each module at its root. */
export async function startListeners(app: App, options: ReadinessOptions): Promise<Listeners> {
  const servers: HttpServer[] = [];
  const listen = async (server: HttpServer, offset: number): Promise<string> => {
    servers.push(server);
    await server.listen({ host: app.config.host, port: app.config.portBase + offset });
    const { port } = server.server.address() as AddressInfo;
    return `http://${app.config.host}:${port}`;
  };

  const modules: Listeners['modules'] = [];
  for (const running of app.modules) {
    const { name, title, portOffset } = running.definition;
    const server = await createModuleServer(app, running);
    modules.push({ name, title, url: await listen(server, portOffset) });
  }
  const url = await listen(await createConsoleServer(app, options), 0);
  return {
    console: { url },
    modules,
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** The listener of one module's own port. */
export async function createModuleServer(app: App, running: RunningModule): Promise<HttpServer> {
  const { name } = running.definition;
  const server = createHttpServer({ name, ...serverOptionsOf(app) });
  await mountModule(server, running);
  return server;
}

function serverOptionsOf({ log, metrics, tracer, config }: App) {
  return { log, metrics, tracer, trustedProxies: config.trustedProxies };
}

/** The console's listener, with every module below its name. */
export async function createConsoleServer(app: App, options: ReadinessOptions): Promise<HttpServer> {
  const server = createHttpServer({ name: 'console', ...serverOptionsOf(app) });
  await registerApiDocument(server, { title: 'Signalbox', version });
  for (const running of app.modules) {
    const { operatorRoutes } = running.module;
    await server.register(
      async (scope) => {
        await mountModule(scope, running);
        if (operatorRoutes) await scope.register(operatorRoutes);
      },
      { prefix: `/${running.definition.name}` },
    );
  }
  registerHealth(server, { name: 'signalbox', version, report: () => reportHealth(app, options) });
  const [main] = app.stores;
  server.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    const processes = await listProcesses(main.db.kysely, SEEN_SECONDS);
    const others = processes.filter((other) => other.pid !== process.pid && Array.isArray(other.metrics));
    const text = await mergedMetricsText([
      await app.metrics.snapshot(),
      ...others.map((other) => other.metrics as object[]),
    ]);
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(text);
  });
  await registerApiPage(server);
  await server.register(
    createConsole({
      stores: app.stores,
      modules: app.modules.map(({ definition, module, store }) => ({
        name: definition.name,
        title: definition.title,
        store: store.name,
        health: () => module.health(),
        section: module.console,
      })),
      config: app.config,
      clock: app.clock,
      log: app.log.child({ subsystem: 'console' }),
      version,
    }),
  );
  return server;
}

/** The module's public routes with its health beside them. */
async function mountModule(server: HttpServer, { definition, module, store }: RunningModule): Promise<void> {
  if (!module.hasOwnHealth) {
    registerHealth(server, {
      name: definition.name,
      version,
      report: async () => summarise({ ...(await databaseHealth(store)), ...(await module.health()) }),
    });
  }
  await server.register(module.routes);
}

async function reportHealth(app: App, { expectedRoles }: ReadinessOptions): Promise<HealthReport> {
  const components: HealthReport['components'] = {};
  for (const store of app.stores) Object.assign(components, await databaseHealth(store));
  for (const { definition, module } of app.modules) {
    components[definition.name] = { status: summarise(await module.health()).status };
  }
  if (expectedRoles.length > 0 && summarise(components).status === 'UP') {
    const running = await listProcesses(app.stores[0].db.kysely, SEEN_SECONDS);
    for (const role of expectedRoles) {
      const isUp =
        role === 'simulators' ? await doSimulatorsAnswer(app) : running.some((other) => other.role === role);
      components[role] = { status: isUp ? 'UP' : 'DOWN' };
    }
  }
  return summarise(components);
}

/** Simulators keep nothing in the database, so they are asked. */
async function doSimulatorsAnswer(app: App): Promise<boolean> {
  try {
    const url = `http://${app.config.host}:${app.config.portBase + 20}/`;
    return (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(1_000) })).ok;
  } catch (error) {
    app.log.debug({ err: error }, 'simulators do not answer');
    return false;
  }
}

async function databaseHealth(store: Store): Promise<HealthReport['components']> {
  const name = store.name === 'main' ? 'database' : `database_${store.name}`;
  return { [name]: { status: (await isReachable(store.db)) ? 'UP' : 'DOWN' } };
}

function summarise(components: HealthReport['components']): HealthReport {
  const isUp = Object.values(components).every((component) => component.status === 'UP');
  return { status: isUp ? 'UP' : 'DOWN', components };
}
