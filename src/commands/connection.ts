import { type PlatformConfig, readPlatformConfig } from '#platform/config';
import { readEmbeddedUrl } from '#platform/db';
import { createLogger, createLogOutput, type Logger, type LogOutput } from '#platform/telemetry';
import { type App, createApp } from '../app.ts';
import { CommandError, type CommandInput } from './command.ts';
import { waitForSupervisor } from './roles.ts';

export interface Connection {
  config: PlatformConfig;
  databaseUrl: string;
  log: Logger;
  output: LogOutput;
}

/** Settings, log and database of a process: DATABASE_URL, else the embedded server that runs on the data folder. */
export async function connect(input: CommandInput, name: string, level?: 'warn'): Promise<Connection> {
  const config = readPlatformConfig(input.environment, input.workingDirectory);
  const databaseUrl =
    config.databaseUrl ??
    (await waitForSupervisor(input.environment)) ??
    (await readEmbeddedUrl(config.dataDir));
  if (databaseUrl === undefined) {
    throw new CommandError(
      `No database: nothing runs on the data folder ${config.dataDir} and DATABASE_URL is not set.\n` +
        'Start Signalbox with npm start, or point SIGNALBOX_DATA_DIR or DATABASE_URL at one that runs.',
    );
  }
  // What a command prints on standard output is its answer, so its log goes to standard error.
  const output: LogOutput = level ? process.stderr : createLogOutput();
  const log = createLogger({ level: level ?? config.logLevel, name, destination: output });
  return { config, databaseUrl, log, output };
}

/** Whether there is a database for a command: one that DATABASE_URL names, or the embedded one while it runs. */
export async function hasDatabase(input: CommandInput): Promise<boolean> {
  const config = readPlatformConfig(input.environment, input.workingDirectory);
  return config.databaseUrl !== undefined || (await readEmbeddedUrl(config.dataDir)) !== undefined;
}

/** Runs `work` with the whole application at hand, as the commands that read or change records do. */
export async function withApp<T>(input: CommandInput, work: (app: App) => Promise<T>): Promise<T> {
  const { environment } = input;
  const connection = await connect(input, 'cli', 'warn');
  const app = await createApp({ ...connection, environment, role: 'cli' });
  try {
    return await work(app);
  } finally {
    await app[Symbol.asyncDispose]();
  }
}

export const cliActor = {
  kind: 'cli',
  id: `cli:${process.env.USER ?? 'unknown'}`,
  name: 'Command line',
} as const;
