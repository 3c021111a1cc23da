import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPlatformConfig } from '#platform/config';
import { moduleDefinitions } from '../app.ts';
import { CommandError, type CommandInput } from './command.ts';

export interface RunningInstance {
  urlOf(module: string): string;
  /** Settings the instance runs with beyond those of the caller. */
  environment: NodeJS.ProcessEnv;
}

const START_MS = 90_000;
const RECOVERY_MS = 30_000;

/** Uses the instance that answers on the configured ports, or starts one and stops it afterwards. */
export async function withRunningInstance<T>(
  input: CommandInput,
  work: (instance: RunningInstance) => Promise<T>,
): Promise<T> {
  const config = readPlatformConfig(input.environment, input.workingDirectory);
  const base = `http://${config.host}:${config.portBase}`;
  const instance: RunningInstance = {
    urlOf: (module) => {
      const definition = moduleDefinitions.find(({ name }) => name === module);
      if (!definition) throw new CommandError(`There is no module called ${module}`, 2);
      return `http://${config.host}:${config.portBase + definition.portOffset}`;
    },
    environment: {},
  };
  if (await answers(`${base}/health/liveness`)) {
    // It runs; perhaps its database is being started again at this moment.
    for (const deadline = Date.now() + RECOVERY_MS; !(await isReady(base)); await sleep(200)) {
      if (Date.now() > deadline)
        throw new CommandError(`Signalbox runs but is not ready: see ${base}/health`);
    }
    return work(instance);
  }

  console.error('Nothing runs here yet: starting Signalbox for the time of this command ...');
  const child = spawn(
    process.execPath,
    [...process.execArgv, new URL('../main.ts', import.meta.url).pathname, 'start', '--logs', 'files'],
    { env: input.environment, cwd: input.workingDirectory, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  try {
    for (const deadline = Date.now() + START_MS; !(await isReady(base)); await sleep(200)) {
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new CommandError(`Signalbox did not start; its logs are in ${config.dataDir}/log`);
      }
    }
    return await work(instance);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

function isReady(base: string): Promise<boolean> {
  return answers(`${base}/health/readiness`);
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch (error) {
    if (error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')) return false;
    throw error;
  }
}
