import { setPriority } from 'node:os';
import { announceProcess } from '#platform/processes';
import { createApp, tasksOf } from '../app.ts';
import { version } from '../version.ts';
import type { Command, CommandInput } from './command.ts';
import { connect } from './connection.ts';
import { noOptions, reportReady, runUntilStopped } from './roles.ts';

export const command: Command = {
  name: 'worker',
  summary: 'Run background work only',
  usage: '',
  description: 'Runs the tasks of every module. Any number of these can run against one database.',
  options: noOptions,
  run,
};

const WORKER_NICENESS = 10;

async function run(input: CommandInput): Promise<number> {
  const connection = await connect(input, 'worker');
  const { log } = connection;
  const app = await createApp({ ...connection, environment: input.environment, role: 'worker' });
  // A worker has all the time in the world; a request has somebody waiting.
  setPriority(WORKER_NICENESS);
  const [main] = app.stores;
  for (const store of app.stores) await store.jobs.start(tasksOf(app.modules, store));
  for (const { module, store } of app.modules) {
    for (const { task, cron, timeZone } of module.schedules ?? []) {
      await store.jobs.schedule(task, cron, timeZone === undefined ? {} : { timeZone });
    }
  }
  const announcement = await announceProcess({
    db: main.db,
    role: 'worker',
    version,
    metrics: app.metrics,
    log,
  });
  log.info('working');
  reportReady({});

  await runUntilStopped(async () => {
    for (const store of app.stores) await store.jobs.stop();
    await announcement[Symbol.asyncDispose]();
    await app[Symbol.asyncDispose]();
  });
  return 0;
}
