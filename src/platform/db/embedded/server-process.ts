// The server while it runs: its port, its restarts and its end.
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabaseIfMissing } from '../create-database.ts';
import { sqlState } from '../postgres-errors.ts';
import type { Binaries } from './binaries.ts';
import {
  type DataFolder,
  MAIN_DATABASE,
  readPassword,
  readRememberedPort,
  rememberPort,
  SUPERUSER,
} from './data-folder.ts';
import type { EmbeddedServer, EmbeddedServerOptions } from './embedded-server.ts';
import type { OwnerLock } from './owner-lock.ts';
import { findFreePort, isPortFree, LOOPBACK } from './port.ts';
import {
  clearFormerRun,
  type Exit,
  hasEnded,
  type Postmaster,
  ServerStartError,
  startPostmaster,
  stopPostmaster,
} from './postmaster.ts';
import { signal } from './processes.ts';
import type { RunAs } from './run-as.ts';
import { limitServerLog } from './server-log.ts';
import { serverSettings } from './server-settings.ts';

export function serverUrl(port: number, password: string, database: string): string {
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

export class EmbeddedServerProcess implements EmbeddedServer {
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
    if (this.#postmaster && !hasEnded(this.#postmaster)) signal(this.#postmaster.pid, 'SIGINT');
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
    await endPostmaster(this.#running());
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
    if (this.#postmaster) await endPostmaster(this.#postmaster);
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

async function endPostmaster(postmaster: Postmaster): Promise<void> {
  if (!hasEnded(postmaster)) await stopPostmaster(postmaster.pid);
  await postmaster.exited;
}

function portTakenError(port: number): Error {
  return new Error(
    `Port ${port} of ${LOOPBACK} is taken by another program. Stop that program, or set another port for the embedded ` +
      'PostgreSQL (0 picks a free one).',
  );
}
