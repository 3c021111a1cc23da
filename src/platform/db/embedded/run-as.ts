// PostgreSQL refuses to run as root. Started as root we run it as another user, who then has to reach the program and
// the data folder; folders such as /root (0700) stop that user, whatever the permissions further down are.
import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';

const run = promisify(execFile);

/** How PostgreSQL's programs are started so that they do not run as root. */
export interface RunAs {
  /** The user that must own the cluster, or undefined when that is simply ourselves. */
  owner: { uid: number; gid: number } | undefined;
  prefix: string[];
  uid?: number;
  gid?: number;
}

export function spawnAs(runAs: RunAs, command: string, args: string[], options: SpawnOptions): ChildProcess {
  const [program = command, ...rest] = [...runAs.prefix, command, ...args];
  return spawn(program, rest, {
    ...options,
    // Our own working folder may be closed to that user.
    cwd: '/',
    ...(runAs.uid === undefined ? {} : { uid: runAs.uid, gid: runAs.gid }),
  });
}

/** The user that has to own the cluster: `osUser` when we are root, otherwise ourselves. */
export async function findOwner(osUser: string): Promise<RunAs['owner']> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => readId(flag, osUser)));
  if (uid === undefined || gid === undefined) {
    throw new Error(
      `The operating system has no user "${osUser}" to run PostgreSQL as. Create it or name another one in the setting.`,
    );
  }
  if (uid === 0) {
    throw new Error(`PostgreSQL refuses to run as root: name an unprivileged user instead of "${osUser}".`);
  }
  return { uid, gid };
}

/** Chooses the least powerful way that really lets PostgreSQL reach its program and write into `folder`. */
export async function chooseRunAs(options: {
  owner: RunAs['owner'];
  osUser: string;
  binaries: Binaries;
  folder: string;
}): Promise<RunAs> {
  const { owner, osUser, binaries, folder } = options;
  if (!owner) return { owner, prefix: [] };
  const plain: RunAs = { owner, prefix: [], ...owner };
  // Containers usually keep dac_override and drop dac_read_search; elsewhere reading is all that is needed, since the
  // cluster belongs to the user.
  const candidates = [plain, withCapability(owner, 'dac_read_search'), withCapability(owner, 'dac_override')];
  const problems: string[] = [];
  for (const candidate of candidates) {
    const problem = await findProblem(candidate, binaries, folder);
    if (problem === undefined) return candidate;
    problems.push(problem);
  }
  const closed =
    (await firstClosedFolder(plain, join(binaries.folder, 'bin'))) ??
    (await firstClosedFolder(plain, folder));
  if (closed === undefined) {
    throw new Error(
      `PostgreSQL cannot be run as the user "${osUser}" with the data in ${folder}: ${problems[0]}`,
    );
  }
  throw new Error(
    `PostgreSQL runs as the user "${osUser}" because it refuses root, and that user cannot enter ${closed}. Allow it ` +
      `with "chmod o+x ${closed}", move the program and its data folder elsewhere (such as /opt and /var/lib), or ` +
      'start it as an ordinary user.',
  );
}

function withCapability(owner: { uid: number; gid: number }, capability: string): RunAs {
  return {
    owner,
    prefix: [
      'setpriv',
      `--reuid=${owner.uid}`,
      `--regid=${owner.gid}`,
      '--clear-groups',
      '--no-new-privs',
      `--inh-caps=-all,+${capability}`,
      `--ambient-caps=-all,+${capability}`,
      `--bounding-set=-all,+${capability}`,
    ],
  };
}

// Access is tried, not computed: modes, ACLs, mount options and security modules all have a say.
function findProblem(runAs: RunAs, binaries: Binaries, folder: string): Promise<string | undefined> {
  const script =
    '"$1" --version >/dev/null && cat "$2" >/dev/null && cd "$3" && : >.access-probe && rm .access-probe';
  const bki = join(binaries.folder, 'share', 'postgresql', 'postgres.bki');
  return tryShell(runAs, script, [binaries.postgres, bki, folder]);
}

async function firstClosedFolder(runAs: RunAs, path: string): Promise<string | undefined> {
  const ancestors = [resolve(path)];
  for (let folder = resolve(path); folder !== dirname(folder); folder = dirname(folder)) {
    ancestors.unshift(dirname(folder));
  }
  for (const folder of ancestors) {
    if ((await tryShell(runAs, 'cd "$1"', [folder])) !== undefined) return folder;
  }
  return undefined;
}

/** Undefined when the script succeeded, otherwise what it complained about. */
async function tryShell(runAs: RunAs, script: string, args: string[]): Promise<string | undefined> {
  const child = spawnAs(runAs, '/bin/sh', ['-c', script, 'sh', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signalName) =>
      resolve(code === 0 ? undefined : `it ended with ${code ?? signalName}`),
    );
  });
  const complaints = child.stderr ? await text(child.stderr).catch(() => '') : '';
  const problem = await ended;
  return problem === undefined ? undefined : complaints.trim() || problem;
}

async function readId(flag: string, osUser: string): Promise<number | undefined> {
  const { stdout } = await run('id', [flag, osUser]).catch(() => ({ stdout: '' }));
  return stdout.trim() === '' ? undefined : Number(stdout);
}
