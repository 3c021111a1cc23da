import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedServer } from '#platform/db';
import { createLogger } from '#platform/telemetry';
import { dropDatabasesStartingWith } from './database-queries.ts';

/** The PostgreSQL that all test processes of one run share. */
export interface TestServer {
  adminUrl: string;
  /** For a process that ends without disposing of the server: what it used is then cleared away as it ends. */
  unref(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

const REMOVE_WHEN_ENDED =
  'i=0; while kill -0 "$1" 2>/dev/null && [ $i -lt 100 ]; do sleep 0.05; i=$((i+1)); done; rm -rf "$2"';

/** What every name on the server starts with, so that runs sharing an external server do not meet. */
export function runPrefix(): string {
  process.env.SIGNALBOX_TEST_RUN ??= randomBytes(4).toString('hex');
  return `signalbox_test_${process.env.SIGNALBOX_TEST_RUN}_`;
}

/**
 * Starts the server of a test run, or takes the one named by TEST_DATABASE_URL, and tells the test processes started
 * from here about it through the environment.
 */
export async function startTestServer(): Promise<TestServer> {
  const external = process.env.TEST_DATABASE_URL;
  const server = external ? externalServer(external) : await embeddedServer();
  process.env.SIGNALBOX_TEST_SERVER = server.adminUrl;
  runPrefix();
  return server;
}

function externalServer(adminUrl: string): TestServer {
  const drop = () => dropDatabasesStartingWith(adminUrl, runPrefix());
  return {
    adminUrl,
    unref() {
      process.once('beforeExit', drop);
    },
    [Symbol.asyncDispose]: drop,
  };
}

async function embeddedServer(): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-test-'));
  // The user that PostgreSQL runs as has to pass through.
  await chmod(directory, 0o711);
  const server = await startEmbeddedServer({
    dataDir: join(directory, 'data'),
    port: 0,
    osUser: 'nobody',
    log: createLogger({ level: 'warn', name: 'test-server' }),
    // The data is thrown away, so nothing needs to reach the disk; test files run in parallel with several pools each.
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '400',
      autovacuum_naptime: '1min',
    },
  }).catch(async (error: unknown) => {
    await rm(directory, { recursive: true, force: true });
    throw error;
  });
  return {
    adminUrl: server.urlFor('postgres'),
    unref() {
      server.unref();
      process.once('exit', () => {
        signalIfRunning(server.pid, 'SIGQUIT');
        // The server needs a moment to end and would write into a folder that is being removed.
        spawn('/bin/sh', ['-c', REMOVE_WHEN_ENDED, 'sh', String(server.pid), directory], {
          detached: true,
          stdio: 'ignore',
        }).unref();
      });
      // Their default ends a process without its exit handlers.
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(1));
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function signalIfRunning(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
