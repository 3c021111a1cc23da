import { createApiKeyStore } from '#platform/auth';
import { openDatabase } from '#platform/db';
import { createEventRegister } from '#platform/events';
import { createHttpServer } from '#platform/http';
import { createMetrics } from '#platform/telemetry';
import { closeContext, createContext, type PartiesPlatform, prepareRegister } from '../create-context.ts';
import { partiesRoutes } from '../routes/index.ts';
import type { OpenWorkspace } from './published-workspaces.ts';
import type { WorkspaceRow } from './workspace-queries.ts';

const CONNECTIONS = 2;

/**
 * The interface on the database of a workspace, with the settings of this process: a deployment is a database and a
 * route. The one called `<environment>-sandbox` is a sandbox.
 */
export async function openWorkspace(
  platform: PartiesPlatform,
  { workspace, environment, workspace_type: type }: WorkspaceRow,
): Promise<OpenWorkspace> {
  const log = platform.log.child({ workspace, environment });
  await using stack = new AsyncDisposableStack();
  const db = stack.use(
    openDatabase({
      url: platform.siblingDatabaseUrl(`ws_${environment}_${workspace}`),
      maxConnections: CONNECTIONS,
      applicationName: 'signalbox workspace',
      onError: (error) => log.warn({ err: error }, 'idle database connection lost'),
    }),
  );
  const { eventRetentionDays: retentionDays } = platform.platformConfig;
  // Figures of a test deployment must not count as those of the register itself.
  const metrics = createMetrics();
  const ctx = createContext({
    ...platform,
    config: {
      ...platform.config,
      basePath: '',
      apiKey: undefined,
      environment,
      sandbox: type === 'PERSISTENT' && workspace.endsWith('-sandbox'),
    },
    log,
    db,
    events: createEventRegister({ db, clock: platform.clock, retentionDays }).forModule('parties'),
    metrics,
    apiKeys: createApiKeyStore(db),
  });
  stack.defer(() => closeContext(ctx));
  await prepareRegister(ctx);
  const server = createHttpServer({
    name: 'parties-workspace',
    log,
    metrics,
    tracer: platform.tracer,
    trustedProxies: platform.platformConfig.trustedProxies,
  });
  stack.defer(() => server.close());
  await server.register(partiesRoutes(ctx));
  await server.ready();
  const opened = stack.move();
  return { server, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}
