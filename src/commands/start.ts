import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { freezeConfig, type PlatformConfig, readPlatformConfig } from '#platform/config';
import { type EmbeddedServer, startEmbeddedServer, withNiceness } from '#platform/db';
import { createLogger } from '#platform/telemetry';
import { startBanner } from '../supervisor/banner.ts';
import { type SupervisedChild, superviseChild } from '../supervisor/child.ts';
import { keepEmbeddedServerRunning } from '../supervisor/embedded.ts';
import { ensureDirectoryKey } from '../supervisor/first-secrets.ts';
import { type Command, CommandError, type CommandInput } from './command.ts';
import { DATABASE_URL_FOLLOWS, runUntilStopped } from './roles.ts';
import { trimMemory } from './trim-memory.ts';

export const command: Command = {
  name: 'start',
  summary: 'Run everything on this machine',
  usage: '[--logs stdout|files]',
  description:
    'Runs the embedded PostgreSQL (unless DATABASE_URL names a server), the listeners, the worker and the simulators\n' +
    'as separate processes, starts again whatever dies, and prints the addresses. Ctrl-C stops all of it in order.',
  options: {
    logs: {
      type: 'string',
      description: 'Where the processes log: stdout (default) or files under the data folder',
    },
  },
  run,
};

/** Simulators are on everybody's machine and seldom busy. */
const FLAGS: Record<string, string[]> = { simulators: ['--optimize-for-size', '--max-semi-space-size=2'] };

/** How far the worker and its part of the embedded database give way. */
const WORKER_NICENESS = 10;

async function run(input: CommandInput): Promise<number> {
  const config = readPlatformConfig(input.environment, input.workingDirectory);
  const note = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)}  ${line}`);
  mkdirSync(join(config.dataDir, 'log'), { recursive: true });

  // The processes load their code while the database starts; they are told its address when it is there.
  const database = config.databaseUrl === undefined ? startDatabase(config) : undefined;
  const roles = ['web', 'worker', ...(config.simulators ? ['simulators'] : [])];
  const environment = childEnvironment(input, config, roles);
  const children = roles.map((role) =>
    startRole(role, { input, config, environment, note, message: addressFor(role, database) }),
  );
  let embedded: EmbeddedServer | undefined;
  try {
    embedded = await database;
  } catch (error) {
    for (const child of children) child.letEnd();
    // It is written for people: which folder, which port, what to do.
    throw error instanceof Error ? new CommandError(error.message) : error;
  }
  const keeper = embedded && keepEmbeddedServerRunning(embedded, note);

  const stop = async (): Promise<void> => {
    note('Stopping ...');
    // Ctrl-C reaches every process of the terminal, so some end before it is their turn.
    for (const child of children) child.letEnd();
    // Listeners first, so that nothing new is accepted while the worker ends what it holds.
    for (const child of children) await child.stop();
    await keeper?.stop();
    note('Stopped.');
  };
  const stopped = runUntilStopped(stop);
  const announced = Promise.all(children.map((child) => child.ready)).then(([web]) => {
    trimMemory();
    console.log(startBanner({ config, roles, facts: web ?? {}, isEmbedded: embedded !== undefined }));
    bundlePackages();
  });
  await Promise.race([stopped, announced]);
  await stopped;
  return 0;
}

/**
 * For the next start, by a program that may use the tools of development. Where it fails, as without those or on a
 * read-only disk, that start is as slow as this one was.
 */
function bundlePackages(): void {
  const program = join(import.meta.dirname, '..', '..', 'scripts', 'bundle-packages.ts');
  const child = spawn(process.execPath, [program], { stdio: 'ignore' });
  child.once('error', () => undefined);
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  child.unref();
}

async function startDatabase(config: PlatformConfig): Promise<EmbeddedServer> {
  return startEmbeddedServer({
    dataDir: config.dataDir,
    port: config.databasePort,
    osUser: config.databaseUser,
    log: createLogger({ level: config.logLevel === 'debug' ? 'debug' : 'warn', name: 'signalbox' }),
  });
}

/** A worker has all the time in the world; a request has somebody waiting. */
function addressFor(
  role: string,
  database: Promise<EmbeddedServer> | undefined,
): Promise<{ databaseUrl: string }> | undefined {
  return database?.then(({ url }) => ({
    databaseUrl: role === 'worker' ? withNiceness(url, WORKER_NICENESS) : url,
  }));
}

function childEnvironment(input: CommandInput, config: PlatformConfig, roles: string[]): NodeJS.ProcessEnv {
  const { environment } = input;
  return freezeConfig({
    ...environment,
    SIGNALBOX_DATA_DIR: config.dataDir,
    // glibc gives each thread an arena of its own, which keeps what it once took: 20 MB a process.
    MALLOC_ARENA_MAX: environment.MALLOC_ARENA_MAX ?? '2',
    // Stripped and compiled sources, so that neither the next start nor the memory pays for the stripper.
    NODE_COMPILE_CACHE: environment.NODE_COMPILE_CACHE ?? join(config.dataDir, 'cache'),
    SIGNALBOX_EXPECTED_ROLES: roles.filter((role) => role !== 'web').join(','),
    ...(config.databaseUrl === undefined ? { [DATABASE_URL_FOLLOWS]: 'on' } : {}),
    ...endpointKey(environment, config.dataDir),
    // Where simulators run, mail goes to their inbox unless a real server is named.
    ...(config.simulators && config.smtpUrl === undefined
      ? { SMTP_URL: `smtp://127.0.0.1:${config.portBase + 21}` }
      : {}),
  });
}

/** Only development gets a key that nobody chose: elsewhere NHS.uk has to be given it first. */
function endpointKey(environment: NodeJS.ProcessEnv, dataDir: string): { NHS_UK_API_KEY?: string } {
  if (environment.NHS_UK_API_KEY !== undefined || (environment.PROFILE ?? 'dev') !== 'dev') return {};
  return { NHS_UK_API_KEY: ensureDirectoryKey(dataDir) };
}

function startRole(
  role: string,
  options: {
    input: CommandInput;
    config: PlatformConfig;
    environment: NodeJS.ProcessEnv;
    note: (line: string) => void;
    message: Promise<object> | undefined;
  },
): SupervisedChild {
  const { input, config, environment, note, message } = options;
  const logFile = input.values.logs === 'files' ? join(config.dataDir, 'log', `${role}.log`) : undefined;
  return superviseChild({
    name: role,
    args: [
      ...process.execArgv,
      ...(FLAGS[role] ?? []),
      new URL('../main.ts', import.meta.url).pathname,
      role,
    ],
    env: environment,
    message,
    output: logFile === undefined ? 'inherit' : openSync(logFile, 'a'),
    ...(logFile === undefined ? {} : { explain: () => lastMessage(logFile) }),
    note,
  });
}

const TAIL_BYTES = 8_192;

/** The last thing that a process said before it ended, without the places in the code, and where to read on. */
function lastMessage(logFile: string): string {
  const file = openSync(logFile, 'r');
  try {
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, tail, 0, tail.length, size - tail.length);
    const lines = tail.toString().split('\n');
    // The first is the end of a longer one, which may look like anything.
    if (size > TAIL_BYTES) lines.shift();
    const last = lines.findLast((line) => /^[^\s{}]/.test(line));
    return last === undefined ? `see ${logFile}` : `${last} (${logFile})`;
  } finally {
    closeSync(file);
  }
}
