import { lchown } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Binaries } from './binaries.ts';
import { setPasswordStatement } from './cluster-queries.ts';
import {
  createDraft,
  createPassword,
  type DataFolder,
  installCluster,
  keepPassword,
  removeDrafts,
  SUPERUSER,
  writeForOwner,
} from './data-folder.ts';
import { type RunAs, spawnAs } from './run-as.ts';

/** Makes a new cluster beside its final place and moves it there once it is complete and on disk. */
export async function createCluster(options: {
  folder: DataFolder;
  binaries: Binaries;
  chooseRunAs: (folder: string) => Promise<RunAs>;
  owner: RunAs['owner'];
}): Promise<RunAs> {
  const { folder, binaries, owner } = options;
  const draft = await createDraft(folder);
  try {
    if (owner) await lchown(draft, owner.uid, owner.gid);
    const runAs = await options.chooseRunAs(draft);
    const password = createPassword();
    await keepPassword(folder, password);
    const passwordFile = join(draft, 'password');
    await writeForOwner(passwordFile, password, owner);
    const built = join(draft, 'cluster');
    await runInitdb(binaries, runAs, [
      `--pgdata=${built}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      // The C locale exists on every machine, and its order never changes under an index with a library update.
      '--locale=C',
      '--encoding=UTF8',
      '--data-checksums',
    ]);
    await installCluster(folder, built);
    return runAs;
  } finally {
    await removeDrafts(folder);
  }
}

/** Sets the superuser's password in a stopped cluster, whose old password is lost or another machine's. */
export async function resetPassword(options: {
  folder: DataFolder;
  binaries: Binaries;
  runAs: RunAs;
}): Promise<void> {
  const { folder, binaries, runAs } = options;
  const password = createPassword();
  const args = ['--single', '-D', folder.cluster, 'template1'];
  const child = spawnAs(runAs, binaries.postgres, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin?.end(setPasswordStatement(password));
  await finish(child, 'PostgreSQL could not set the password of its superuser');
  // Kept only now: a password on record that the server does not know would lock everybody out.
  await keepPassword(folder, password);
}

async function runInitdb(binaries: Binaries, runAs: RunAs, args: string[]): Promise<void> {
  const child = spawnAs(runAs, binaries.initdb, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  await finish(child, 'PostgreSQL could not create its database cluster');
}

async function finish(child: ReturnType<typeof spawnAs>, problem: string): Promise<void> {
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
  const [code, errors] = await Promise.all([exited, child.stderr ? text(child.stderr) : '']);
  // Single-user mode reports a failed statement and ends with 0 all the same.
  if (code !== 0 || /\b(ERROR|FATAL|PANIC):/.test(errors)) throw new Error(`${problem}:\n${errors.trim()}`);
}
