import { createFirstOperator } from '#platform/auth';
import { readSettings, setting } from '#platform/config';
import { isReachable } from '#platform/db';
import { announceProcess } from '#platform/processes';
import { createApp } from '../app.ts';
import { startListeners } from '../listeners.ts';
import { version } from '../version.ts';
import type { Command, CommandInput } from './command.ts';
import { connect } from './connection.ts';
import { noOptions, reportReady, runUntilStopped } from './roles.ts';

export const command: Command = {
  name: 'web',
  summary: 'Run the listeners only',
  usage: '',
  description: 'Serves every module and the console. Any number of these can run against one database.',
  options: noOptions,
  run,
};

/** Set by `start` for its children; a web process started by hand answers for itself alone. */
const expectedRoles = {
  roles: setting.list('SIGNALBOX_EXPECTED_ROLES', {
    fallback: '',
    description: 'Roles whose processes GET /health/readiness waits for, such as worker,simulators',
  }),
};

const WARM_CONNECTIONS = 4;

async function run(input: CommandInput): Promise<number> {
  const connection = await connect(input, 'web');
  const { log } = connection;
  const app = await createApp({ ...connection, environment: input.environment, role: 'web' });
  const [main] = app.stores;
  const firstSignIn = await createFirstOperator(main.db);
  // The first requests must not wait for connections to be made.
  await Promise.all(Array.from({ length: WARM_CONNECTIONS }, () => isReachable(main.db)));
  const listeners = await startListeners(app, {
    expectedRoles: readSettings(expectedRoles, input.environment).roles,
  });
  const announcement = await announceProcess({
    db: main.db,
    role: 'web',
    version,
    metrics: app.metrics,
    log,
  });
  const partitions = setInterval(() => {
    for (const store of app.stores) {
      store.events
        .keepPartitions()
        .catch((error) => log.error({ err: error }, 'register partitions not kept'));
    }
  }, 3_600_000);
  log.info({ console: listeners.console.url, modules: listeners.modules }, 'listening');
  reportReady({ modules: listeners.modules, firstSignIn });

  await runUntilStopped(async () => {
    clearInterval(partitions);
    await listeners.close();
    await announcement[Symbol.asyncDispose]();
    await app[Symbol.asyncDispose]();
  });
  return 0;
}
