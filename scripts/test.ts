import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseTestArguments, type TestArguments, usage } from './test/arguments.ts';
import { usesServer } from './test/uses-server.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

// A hung test fails after this, so that a run always ends by itself.
const testTimeoutMs = 180_000;

async function main(args: string[]): Promise<number> {
  const wanted = parseTestArguments(args);
  if (wanted.kind === 'help') {
    console.log(usage);
    return 0;
  }
  const files = chooseFiles(await listTestFiles(wanted), wanted.filters);
  if (files.length === 0) {
    console.error(`No test file matches ${wanted.filters.join(' ')}.`);
    return 1;
  }
  prepareEnvironment(wanted);

  const stop = stopOnSignal();
  // Imported here, so that `--help` and a misspelt filter answer at once.
  const { startTestServer } = await import('../test/harness/index.ts');
  await using _server = await startTestServer();
  if (stop.signal !== undefined) return 130;
  // What the product runs with, and less to load in each of hundreds of processes.
  spawnSync(process.execPath, [resolve(root, 'scripts/bundle-packages.ts')], { stdio: 'inherit' });
  const child = spawn(process.execPath, [...runnerOptions(wanted), ...files], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return await stop.pass(child);
}

const PAGES = ['test/pages/', 'test/web/'];

/**
 * What a run on another server would only repeat, beside files that use none: what waits for real processes, clocks and
 * outages, and the embedded server's own tests. They are much of the time of a run and few of its statements.
 */
const SAME_ON_EVERY_SERVER = [
  'src/platform/db/embedded/',
  'src/modules/directory/alarms/',
  'src/modules/directory/emails/',
  'src/modules/directory/injection/',
  'src/modules/directory/releases/',
  'src/modules/directory/routes/endpoint-access.test.ts',
  'src/modules/directory/sync/killed-worker.test.ts',
  'src/modules/directory/sync/outage.test.ts',
  'src/modules/migration/runs/killed-worker.test.ts',
];

/** Test files below src and test. */
async function listTestFiles({ withPages, isServerOnly }: TestArguments): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ['src', 'test']) {
    const entries = await readdir(resolve(root, folder), { recursive: true });
    found.push(...entries.filter((entry) => entry.endsWith('.test.ts')).map((entry) => `${folder}/${entry}`));
  }
  const leftOut = [...(withPages ? [] : PAGES), ...(isServerOnly ? SAME_ON_EVERY_SERVER : [])];
  return found
    .filter((path) => !leftOut.some((start) => path.startsWith(start)))
    .filter((path) => !isServerOnly || usesServer(root, path))
    .sort();
}

/** A filter is a file, a folder, or any part of a test file's path. */
function chooseFiles(files: string[], filters: string[]): string[] {
  if (filters.length === 0) return files;
  return files.filter((file) => filters.some((filter) => matches(file, filter)));
}

function matches(file: string, filter: string): boolean {
  if (!existsSync(filter)) return file.includes(filter);
  const path = relative(root, resolve(filter));
  return file === path || (statSync(filter).isDirectory() && (path === '' || file.startsWith(`${path}/`)));
}

function runnerOptions({ nodeOptions }: TestArguments): string[] {
  const given = new Set(nodeOptions.map((option) => option.split('=')[0]));
  const defaults = [
    '--test-reporter=spec',
    // Test files wait for PostgreSQL about as long as they compute. Node's own default is one fewer than the cores.
    `--test-concurrency=${Math.max(2, availableParallelism() + 1)}`,
    `--test-timeout=${testTimeoutMs}`,
    `--import=${resolve(root, 'scripts/test/use-bundles.ts')}`,
  ];
  return ['--test', ...defaults.filter((option) => !given.has(option.split('=')[0])), ...nodeOptions];
}

/**
 * Settings of the shell must neither change what is tested nor point a test at somebody's database. What stays, and
 * what the harness adds about its server, reaches the test processes through the environment.
 */
function prepareEnvironment({ external, withPages }: TestArguments): void {
  for (const name of Object.keys(process.env)) {
    const isSetting = /^SIGNALBOX_|DATABASE_URL$|^PG[A-Z]/.test(name);
    if (isSetting && !name.includes('TEST_')) delete process.env[name];
  }
  if (external !== undefined) process.env.TEST_DATABASE_URL = external;
  // Each file is a process that loads a thousand modules, which takes half the time when they are compiled already.
  process.env.NODE_COMPILE_CACHE ??= resolve(root, 'node_modules/.cache/compiled');
  process.env.SIGNALBOX_TEST_PAGES = withPages ? 'on' : 'off';
}

/**
 * After a signal the test processes are ended and the server is stopped in the ordinary way. A Ctrl-C reaches the
 * test processes from the terminal as well, which is harmless: they end either way.
 */
function stopOnSignal() {
  let child: ChildProcess | undefined;
  const state: { signal: NodeJS.Signals | undefined } = { signal: undefined };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      state.signal = name;
      child?.kill(name);
    });
  }
  return {
    get signal() {
      return state.signal;
    },
    pass(running: ChildProcess): Promise<number> {
      child = running;
      return new Promise((settle) => {
        running.once('exit', (code) => settle(state.signal === undefined ? (code ?? 1) : 130));
      });
    },
  };
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
