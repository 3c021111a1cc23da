import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isProductId, newProductId } from '../domain/identifiers.ts';

/** The list kept with the program: the same for every environment (spec section 6.3). */
export const RESERVED_IDS_FILE = new URL('./product_ids.json', import.meta.url);

/** Ids of a list; a missing file is an empty one. */
export async function readReservedIds(file: URL | string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]';
    throw error;
  });
  const ids: unknown = JSON.parse(text);
  if (!Array.isArray(ids) || !ids.every((id): id is string => typeof id === 'string' && isProductId(id))) {
    throw new Error(`${file} is not a JSON array of product ids: it is left as it is`);
  }
  return ids;
}

/**
 * Adds `count` new ids at the end of the list and returns all of it. Ids that are there are never changed, removed or
 * moved. `isUsed` tells of ids that some database has issued. One at a time: a second run waits for the first.
 */
export async function generateReservedIds(options: {
  file: string;
  count: number;
  isUsed: (ids: string[]) => Promise<string[]>;
}): Promise<{ all: string[]; added: string[] }> {
  const { file, count, isUsed } = options;
  await mkdir(dirname(file), { recursive: true });
  return withFileLock(`${file}.lock`, async () => {
    const existing = await readReservedIds(file);
    const taken = new Set(existing);
    const added: string[] = [];
    while (added.length < count) {
      const drawn = [...new Set(Array.from({ length: count - added.length }, newProductId))];
      const fresh = drawn.filter((id) => !taken.has(id));
      const used = new Set(await isUsed(fresh));
      for (const id of fresh.filter((candidate) => !used.has(candidate))) {
        taken.add(id);
        added.push(id);
      }
    }
    const all = [...existing, ...added];
    await replaceFile(file, `${JSON.stringify(all, null, 4)}\n`);
    return { all, added };
  });
}

/** Readers see the old list or the new one, even when the machine stops in between. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  const handle = await open(draft, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

const LOCK_WAIT_MS = 50;
const LOCK_TRIES = 400;

/** The lock names its holder, so that one left by a process that died is taken away. */
async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; !(await createLock(path)); attempt += 1) {
    await removeDeadLock(path);
    if (attempt === LOCK_TRIES) throw new Error(`${path} is held by another run; remove it if there is none`);
    await new Promise((resolve) => setTimeout(resolve, LOCK_WAIT_MS));
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function createLock(path: string): Promise<boolean> {
  try {
    const handle = await open(path, 'wx');
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeDeadLock(path: string): Promise<void> {
  const holder = Number(await readFile(path, 'utf8').catch(() => ''));
  if (!Number.isInteger(holder) || holder <= 0) return;
  try {
    process.kill(holder, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') await rm(path, { force: true });
  }
}
