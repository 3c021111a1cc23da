// Where the embedded server keeps its things inside the data folder.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  access,
  lchown,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

export interface DataFolder {
  root: string;
  cluster: string;
  log: string;
  passwordFile: string;
  portFile: string;
}

export const SUPERUSER = 'signalbox';
export const MAIN_DATABASE = 'signalbox';

// Unfinished clusters of an interrupted initdb or restore; only the owner of the data folder makes or removes them.
const DRAFT_PREFIX = '.postgres-draft-';

export function dataFolder(dataDir: string): DataFolder {
  return {
    root: dataDir,
    cluster: join(dataDir, 'postgres'),
    log: join(dataDir, 'log', 'postgres.log'),
    passwordFile: join(dataDir, 'secrets', 'postgres-password'),
    portFile: join(dataDir, 'postgres-port'),
  };
}

/** Creates the folders around the cluster. PostgreSQL's user passes through the first; the secrets are ours alone. */
export async function createDataFolder(folder: DataFolder): Promise<void> {
  try {
    await mkdir(folder.root, { recursive: true });
    await mkdir(join(folder.root, 'log'), { recursive: true, mode: 0o700 });
    await mkdir(join(folder.root, 'secrets'), { recursive: true, mode: 0o700 });
    await access(folder.root, constants.W_OK);
  } catch (cause) {
    throw new Error(
      `The data folder ${folder.root} cannot be written: ${(cause as Error).message}. Give it to the user that runs ` +
        'this program, or set another data folder.',
      { cause },
    );
  }
}

export async function clusterExists(folder: DataFolder): Promise<boolean> {
  return (await stat(join(folder.cluster, 'PG_VERSION')).catch(() => undefined)) !== undefined;
}

/** Removes what interrupted starts left, then makes an empty folder to build a cluster in. */
export async function createDraft(folder: DataFolder): Promise<string> {
  await removeDrafts(folder);
  const draft = join(folder.root, `${DRAFT_PREFIX}${randomBytes(4).toString('hex')}`);
  await mkdir(draft, { mode: 0o700 });
  return draft;
}

export async function removeDrafts(folder: DataFolder): Promise<void> {
  const names = (await readdir(folder.root)).filter((name) => name.startsWith(DRAFT_PREFIX));
  // An initdb whose owner was killed may still be writing into its draft, which makes it fail and end.
  const options = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };
  await Promise.all(names.map((name) => rm(join(folder.root, name), options)));
}

/** Puts a finished cluster in its place: after a crash it is either there as a whole or not at all. */
export async function installCluster(folder: DataFolder, built: string): Promise<void> {
  await rename(built, folder.cluster);
  await syncFolder(folder.root);
}

export async function readPassword(folder: DataFolder): Promise<string | undefined> {
  try {
    return (await readFile(folder.passwordFile, 'utf8')).trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function createPassword(): string {
  return randomBytes(24).toString('base64url');
}

export async function keepPassword(folder: DataFolder, password: string): Promise<void> {
  await writeDurably(folder.passwordFile, password, 0o600);
}

export async function readRememberedPort(folder: DataFolder): Promise<number | undefined> {
  const text = await readFile(folder.portFile, 'utf8').catch(() => '');
  const port = Number(text.trim());
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

export async function rememberPort(folder: DataFolder, port: number): Promise<void> {
  await writeDurably(folder.portFile, `${port}\n`, 0o644);
}

/** Gives the whole cluster to the user PostgreSQL runs as, which it insists on; cheap when that is so already. */
export async function ensureOwner(
  path: string,
  owner: { uid: number; gid: number } | undefined,
): Promise<void> {
  const uid = await readOwnerId(path);
  if (uid === undefined) return;
  if (!owner) {
    const ourselves = process.getuid?.();
    if (ourselves === undefined || uid === ourselves) return;
    throw new Error(
      `${path} belongs to the user with id ${uid}, but this process runs as ${ourselves} and PostgreSQL insists on ` +
        `owning its files. Run as that user, or give the folder away once with "chown -R".`,
    );
  }
  if (uid === owner.uid) return;
  // The top goes last: an interrupted change of owner is then done again as a whole.
  const entries = await readdir(path, { recursive: true });
  for (const entry of entries) await lchown(join(path, entry), owner.uid, owner.gid);
  await lchown(path, owner.uid, owner.gid);
}

async function readOwnerId(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).uid;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  const file = await open(draft, 'w', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a small file that only PostgreSQL's user may read. */
export async function writeForOwner(
  path: string,
  text: string,
  owner: { uid: number; gid: number } | undefined,
): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  if (owner) await lchown(path, owner.uid, owner.gid);
}
