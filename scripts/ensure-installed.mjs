// Plain JavaScript for any Node >= 20: installs what the lockfile asks for when it is not there yet, then ends.
// Every npm script and bin/signalbox.mjs run it first, so a fresh clone needs no step of its own.
//
// When nothing is to do it reads two files and ends (under 60 ms with Node's own start); everything else is
// imported only when an installation is due. The stamp is written last and by rename, so an interrupted
// installation is started again, never taken for a finished one.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const thisFile = fileURLToPath(import.meta.url);
const root = dirname(dirname(thisFile));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.signalbox-installed');
const lock = join(root, '.signalbox-installing');

/** Path of the pinned Node 24 that runs everything else. */
export const runtime = join(modules, 'node', 'bin', 'node');

/** Resolves to 0 when node_modules holds what the lockfile asks for, else to an exit code, with the reason printed. */
export async function ensureInstalled() {
  if (isInstalled()) return 0;
  try {
    await installUnderLock();
    return 0;
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    console.error(error.message);
    return error.exitCode;
  }
}

async function installUnderLock() {
  const { rmSync } = await import('node:fs');
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new InstallError(
      `Node ${process.versions.node} is too old to install Signalbox. Install Node 20 or newer, then run the command again.`,
    );
  }
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) {
    // Installing would change the folder that another checkout works from.
    if (existsSync(runtime)) return;
    throw new InstallError(
      'node_modules is a link to a folder without the runtime. Run "npm install" in the checkout it belongs to, or remove the link.',
    );
  }
  if (!(await takeLock())) return;
  const beat = await keepLock();
  try {
    await install();
  } finally {
    clearInterval(beat);
    rmSync(lock, { force: true });
  }
}

/** A checkout can be shared between a machine and its containers, so the platform is part of the stamp. */
function wantedStamp() {
  const lockfile = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lockfile).digest('hex')} ${process.platform}-${process.arch}\n`;
}

function isInstalled() {
  return existsSync(runtime) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wantedStamp();
}

async function install() {
  const { renameSync, rmSync, writeFileSync } = await import('node:fs');
  const wanted = wantedStamp();
  // Without a stamp nothing says that the packages on disk are whole. With one, only the difference is installed;
  // the stamp goes first, so that an interruption from here on leads to the clean start.
  if (existsSync(stamp)) rmSync(stamp);
  else rmSync(modules, { recursive: true, force: true });
  console.error('Installing dependencies (first start, or the lockfile changed) ...');
  // Not `npm ci`: it refuses a lockfile that lacks an optional package for some other platform, which is what npm
  // writes when a registry does not carry that package. `--no-save` leaves package.json and the lockfile alone, and
  // the lockfile's versions and hashes hold all the same.
  // The runtime is a dev dependency and the database server an optional one: both are needed whatever
  // NODE_ENV or the user's npm settings leave out.
  const code = await run('npm', [
    'install',
    '--no-save',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  if (code !== 0) {
    throw new InstallError(
      'npm install failed; see the messages above. Mend the cause and run the command again.',
      code,
    );
  }
  writeFileSync(`${stamp}.new`, wanted);
  renameSync(`${stamp}.new`, stamp);
  if (!existsSync(runtime)) {
    throw new InstallError(
      [
        'The packages were installed, but the pinned Node 24 runtime was not: it is put in place by an install script,',
        'and npm was told not to run install scripts (ignore-scripts in an .npmrc or in the environment).',
        'The scripts needed are those listed under "allowScripts" in package.json. Run them with',
        '  npm rebuild --ignore-scripts=false',
        'and then run the command again.',
      ].join('\n'),
    );
  }
  if (!(await runtimeWorks())) {
    rmSync(stamp, { force: true });
    throw new InstallError(
      `The pinned Node 24 runtime does not run on this machine (${process.platform} ${process.arch}). ` +
        'Signalbox needs Linux with glibc or macOS, on x64 or arm64.',
    );
  }
}

async function runtimeWorks() {
  const { spawnSync } = await import('node:child_process');
  return spawnSync(runtime, ['--version']).status === 0;
}

async function run(command, args) {
  const { spawn } = await import('node:child_process');
  return new Promise((resolve) => {
    // npm's own output goes to stderr, so that a command's --json output stays clean on its first run.
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 2, 2],
    });
    const forward = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
    child.once('error', (error) => {
      console.error(
        error.code === 'ENOENT'
          ? 'npm was not found on the PATH. Install Node 20 or newer with npm, then run the command again.'
          : error.message,
      );
      resolve(1);
    });
    child.once('close', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, forward);
      resolve(code ?? 1);
    });
  });
}

// Two commands may be started at once in a fresh clone. The lock is a file that its owner touches every
// second; one that was not touched for longer belongs to a process that was killed.
const heartbeatMs = 1_000;
const staleAfterMs = 6_000;

/** True with the lock taken; false when another process finished the installation meanwhile. */
async function takeLock() {
  const { renameSync, rmSync, statSync, writeFileSync } = await import('node:fs');
  const { setTimeout: wait } = await import('node:timers/promises');
  let hasSaidSo = false;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      if (!isInstalled()) return true;
      rmSync(lock, { force: true });
      return false;
    } catch (error) {
      if (error.code === 'EACCES' || error.code === 'EROFS') {
        throw new InstallError(
          `Dependencies are missing and ${root} cannot be written to. Run the command as its owner.`,
        );
      }
      if (error.code !== 'EEXIST') throw error;
    }
    const held = statSync(lock, { throwIfNoEntry: false });
    if (held !== undefined && Date.now() - held.mtimeMs > staleAfterMs) {
      clearStaleLock({ renameSync, rmSync, statSync });
      continue;
    }
    if (!hasSaidSo) console.error('Another process is installing dependencies; waiting for it ...');
    hasSaidSo = true;
    await wait(200);
    if (!existsSync(lock) && isInstalled()) return false;
  }
}

/** Two waiters may both have seen the dead owner's lock: the second would take away the first one's new lock, and puts it back. */
function clearStaleLock({ renameSync, rmSync, statSync }) {
  const cleared = `${lock}.${process.pid}`;
  try {
    renameSync(lock, cleared);
    if (Date.now() - statSync(cleared).mtimeMs > staleAfterMs) rmSync(cleared, { force: true });
    else renameSync(cleared, lock);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

async function keepLock() {
  const { utimesSync } = await import('node:fs');
  return setInterval(() => {
    try {
      utimesSync(lock, new Date(), new Date());
    } catch {
      // Removed by hand: the installation itself is not affected.
    }
  }, heartbeatMs);
}

class InstallError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === thisFile) {
  process.exitCode = await ensureInstalled();
  if (process.exitCode === 0 && process.argv.includes('--web')) {
    const { ensureWebBuilt } = await import('./ensure-web-built.mjs');
    await ensureWebBuilt();
  }
}
