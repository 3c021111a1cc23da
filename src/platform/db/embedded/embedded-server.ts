import { readdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '#platform/telemetry';
import { createDatabaseIfMissing } from '../create-database.ts';
import { sqlState } from '../postgres-errors.ts';
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
  readRememberedPort,
  rememberPort,
  removeDrafts,
  SUPERUSER,
} from './data-folder.ts';
import { acquireOwnerLock, type OwnerLock } from './owner-lock.ts';
import { findFreePort, isPortFree, LOOPBACK } from './port.ts';
import {
  clearFormerRun,
  type Exit,
  isServerOf,
  type Postmaster,
  readPostmasterFile,
  ServerStartError,
  startPostmaster,
  stopPostmaster,
} from './postmaster.ts';
import { signal } from './processes.ts';
import { chooseRunAs, findOwner, type RunAs } from './run-as.ts';
import { limitServerLog } from './server-log.ts';
import { serverSettings } from './server-settings.ts';

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

function serverUrl(port: number, password: string, database: string): string {
  return `postgresql://${SUPERUSER}:${password}@${LOOPBACK}:${port}/${encodeURIComponent(database)}`;
}

interface ServerParts extends EmbeddedServerOptions {
  folder: DataFolder;
  binaries: Binaries;
  runAs: RunAs;
  lock: OwnerLock;
}

const PORT_IN_USE = /could not bind .*(Address already in use|in use)/s;
const BLOCK_IN_USE = /pre-existing shared memory block/;
const BLOCK_WAIT_MS = 30_000;

class EmbeddedServerProcess implements EmbeddedServer {
  readonly #parts: ServerParts;
  readonly #stopWatchingLog: () => void;
  #port = 0;
  #password = '';
  #postmaster: Postmaster | undefined;
  #stopped: Promise<void> | undefined;
  #restarting: Promise<void> | undefined;
  #isReferenced = true;
  #expectsExit = false;

  // The last chance when this process ends without having stopped the server.
  readonly #onProcessExit = () => {
    if (this.#postmaster) signal(this.#postmaster.pid, 'SIGINT');
  };

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#stopWatchingLog = limitServerLog(parts.folder.log, (error) =>
      parts.log.warn({ err: error }, 'the log of PostgreSQL could not be rotated'),
    );
  }

  async start(): Promise<void> {
    process.on('exit', this.#onProcessExit);
    try {
      await this.#startOnSomePort();
      this.#password = (await readPassword(this.#parts.folder)) ?? '';
      await this.#createMainDatabase();
    } catch (error) {
      await this.#shutDown();
      throw error;
    }
  }

  get url(): string {
    return this.urlFor(MAIN_DATABASE);
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#running().pid;
  }

  get exited(): Promise<Exit> {
    return this.#running().exited;
  }

  urlFor(database: string): string {
    return serverUrl(this.#port, this.#password, database);
  }

  restart(): Promise<void> {
    if (this.#stopped)
      return Promise.reject(new Error('The embedded PostgreSQL was stopped; start a new one.'));
    this.#restarting ??= this.#restart().finally(() => {
      this.#restarting = undefined;
    });
    return this.#restarting;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  unref(): void {
    this.#isReferenced = false;
    this.#postmaster?.child.unref();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #running(): Postmaster {
    if (!this.#postmaster) throw new Error('The embedded PostgreSQL has not been started.');
    return this.#postmaster;
  }

  async #restart(): Promise<void> {
    const { folder, log } = this.#parts;
    this.#expectsExit = true;
    await stopPostmaster(this.#running().pid);
    await clearFormerRun(folder.cluster, (found) =>
      log.warn(found, 'ending PostgreSQL left by a killed process'),
    );
    await this.#launch(this.#port);
    log.info({ port: this.#port, pid: this.pid }, 'embedded PostgreSQL restarted');
  }

  async #stop(): Promise<void> {
    await this.#restarting?.catch(() => undefined);
    await this.#shutDown();
    await this.#parts.lock.release();
  }

  async #shutDown(): Promise<void> {
    this.#expectsExit = true;
    if (this.#postmaster) {
      await stopPostmaster(this.#postmaster.pid);
      await this.#postmaster.exited;
    }
    this.#stopWatchingLog();
    process.off('exit', this.#onProcessExit);
  }

  async #startOnSomePort(): Promise<void> {
    const { port: wanted, folder } = this.#parts;
    if (wanted !== 0) {
      if (!(await isPortFree(wanted))) throw portTakenError(wanted);
      return this.#launch(wanted);
    }
    const remembered = await readRememberedPort(folder);
    let port = remembered !== undefined && (await isPortFree(remembered)) ? remembered : await findFreePort();
    for (;;) {
      try {
        await this.#launch(port);
        if (port !== remembered) await rememberPort(folder, port);
        return;
      } catch (error) {
        // Somebody took the port between our look and the server's.
        if (!(error instanceof ServerStartError && PORT_IN_USE.test(error.serverLog))) throw error;
        port = await findFreePort();
      }
    }
  }

  async #launch(port: number): Promise<void> {
    const { folder, binaries, runAs, settings } = this.#parts;
    const deadline = Date.now() + BLOCK_WAIT_MS;
    for (;;) {
      try {
        const postmaster = await startPostmaster({
          cluster: folder.cluster,
          program: binaries.postgres,
          runAs,
          port,
          logPath: folder.log,
          settings: { ...serverSettings, ...settings },
        });
        this.#port = port;
        this.#adopt(postmaster);
        return;
      } catch (error) {
        // Backends of a killed server are still ending; the cluster is free as soon as the last one is gone.
        const isBusy = error instanceof ServerStartError && BLOCK_IN_USE.test(error.serverLog);
        if (!isBusy || Date.now() > deadline) throw error;
        await delay(100);
      }
    }
  }

  #adopt(postmaster: Postmaster): void {
    const { log, folder } = this.#parts;
    this.#postmaster = postmaster;
    this.#expectsExit = false;
    if (!this.#isReferenced) postmaster.child.unref();
    void postmaster.exited.then((exit) => {
      if (this.#expectsExit) return;
      log.error(
        { ...exit, pid: postmaster.pid, serverLog: folder.log },
        'embedded PostgreSQL ended unexpectedly',
      );
    });
  }

  async #createMainDatabase(): Promise<void> {
    const { folder } = this.#parts;
    try {
      await createDatabaseIfMissing(this.urlFor('postgres'), MAIN_DATABASE);
    } catch (error) {
      if (sqlState(error) !== '28P01') throw error;
      throw new Error(
        `The password in ${folder.passwordFile} is not the one of ${folder.cluster}. Remove that file and start again: ` +
          'a new password is then set.',
        { cause: error },
      );
    }
  }
}

function portTakenError(port: number): Error {
  return new Error(
    `Port ${port} of ${LOOPBACK} is taken by another program. Stop that program, or set another port for the embedded ` +
      'PostgreSQL (0 picks a free one).',
  );
}
