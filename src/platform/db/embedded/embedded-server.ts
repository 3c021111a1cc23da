import { readdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Logger } from '#platform/telemetry';
import { type Binaries, findBinaries } from './binaries.ts';
import { createCluster, resetPassword } from './cluster.ts';
import {
  clusterExists,
  createDataFolder,
  type DataFolder,
  dataFolder,
  ensureOwner,
  MAIN_DATABASE,
  readPassword,
  removeDrafts,
} from './data-folder.ts';
import { acquireOwnerLock } from './owner-lock.ts';
import { clearFormerRun, type Exit, isServerOf, readPostmasterFile } from './postmaster.ts';
import { chooseRunAs, findOwner, type RunAs } from './run-as.ts';
import { EmbeddedServerProcess, serverUrl } from './server-process.ts';

export interface EmbeddedServerOptions {
  /** The cluster is kept in its subfolder `postgres`, next to `log` and `secrets`. */
  dataDir: string;
  /** 0 chooses a free port at the first start and keeps to it as long as nobody else takes it. */
  port: number;
  /** The user PostgreSQL runs as when we are root; ignored otherwise. */
  osUser: string;
  log: Logger;
  /** PostgreSQL settings in place of our own choices. */
  settings?: Record<string, string>;
}

/** A PostgreSQL server that belongs to this process and ends with it. */
export interface EmbeddedServer {
  /** The main database, as superuser. Keep it out of logs: it holds the password. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Settles when the current server process has ended, whoever ended it; a restart makes a new promise. */
  readonly exited: Promise<Exit>;
  /** The address of another database of this server, which `createDatabaseIfMissing` can create. */
  urlFor(database: string): string;
  /** Stops the server when it still runs and starts it again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Lets this process end although the server runs; the server is then told to stop. */
  unref(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the PostgreSQL of `dataDir`, creating its cluster the first time, and returns once it takes connections. */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const binaries = await findBinaries();
  const owner = await findOwner(options.osUser);
  await createDataFolder(dataFolder(resolve(options.dataDir)));
  // One name for one folder: the name decides which processes are taken for this cluster's.
  const folder = dataFolder(await realpath(options.dataDir));
  const lock = await acquireOwnerLock(folder.root);
  try {
    // As an ordinary user we could neither read nor end what another user left.
    if (!owner) await ensureOwner(folder.cluster, owner);
    const reportOrphan = (found: object) =>
      options.log.warn(found, 'ending PostgreSQL left by a killed process');
    await clearFormerRun(folder.cluster, reportOrphan);
    const runAs = await prepareCluster(options, folder, binaries, owner);
    const server = new EmbeddedServerProcess({ ...options, folder, binaries, runAs, lock });
    await server.start();
    return server;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The address of the server that another process runs on this data folder, or undefined when none is running. */
export async function readEmbeddedUrl(dataDir: string): Promise<string | undefined> {
  const root = await realpath(dataDir).catch(() => undefined);
  if (root === undefined) return undefined;
  const folder = dataFolder(root);
  const [file, password] = await Promise.all([readPostmasterFile(folder.cluster), readPassword(folder)]);
  if (!file?.isReady || password === undefined || !(await isServerOf(folder.cluster, file.pid)))
    return undefined;
  return serverUrl(file.port, password, MAIN_DATABASE);
}

async function prepareCluster(
  { osUser }: EmbeddedServerOptions,
  folder: DataFolder,
  binaries: Binaries,
  owner: RunAs['owner'],
): Promise<RunAs> {
  const choose = (path: string) => chooseRunAs({ owner, osUser, binaries, folder: path });
  await removeDrafts(folder);
  if (!(await clusterExists(folder))) {
    const entries = await readdir(folder.cluster).catch(() => []);
    if (entries.length > 0) {
      throw new Error(
        `${folder.cluster} holds files but no PostgreSQL cluster; move them away to start afresh.`,
      );
    }
    return createCluster({ folder, binaries, chooseRunAs: choose, owner });
  }
  await ensureOwner(folder.cluster, owner);
  const runAs = await choose(folder.cluster);
  if ((await readPassword(folder)) === undefined) await resetPassword({ folder, binaries, runAs });
  return runAs;
}
