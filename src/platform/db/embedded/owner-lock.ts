// Node has no flock(2), so ownership of a data folder is a numbered file: `owner.<n>` with the highest n belongs to the
// owner. A file is never taken over, only outnumbered: whoever creates the next number exclusively is the next owner,
// and nobody removes the highest one. So two processes that find the same dead owner cannot both succeed it.
import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, startMark } from './processes.ts';

export interface OwnerLock {
  release(): Promise<void>;
}

interface Owner {
  pid: number;
  startMark: string | undefined;
}

/** Makes this process the only owner of `dataDir`, or throws naming the process that owns it. */
export async function acquireOwnerLock(dataDir: string): Promise<OwnerLock> {
  const draft = join(dataDir, `.owner-${randomUUID()}`);
  const owner: Owner = { pid: process.pid, startMark: await startMark(process.pid) };
  await writeFile(draft, JSON.stringify(owner));
  try {
    for (;;) {
      const current = await highestNumber(dataDir);
      const holder = current > 0 ? await readOwner(ownerFile(dataDir, current)) : undefined;
      if (holder) throw new Error(inUseMessage(dataDir, holder.pid));
      const mine = current + 1;
      if (!(await createExclusively(draft, ownerFile(dataDir, mine)))) continue;
      // Our view may have been old: somebody may have gone past this number and removed it before we created it.
      if ((await highestNumber(dataDir)) !== mine) continue;
      await removeLower(dataDir, mine);
      return { release: () => writeFile(ownerFile(dataDir, mine), '') };
    }
  } finally {
    await rm(draft, { force: true });
  }
}

function inUseMessage(dataDir: string, pid: number): string {
  return (
    `The data folder ${dataDir} is in use by process ${pid}. Stop that process first, or give this one a data ` +
    'folder of its own.'
  );
}

function ownerFile(dataDir: string, number: number): string {
  return join(dataDir, `owner.${number}`);
}

async function highestNumber(dataDir: string): Promise<number> {
  return Math.max(0, ...(await ownerNumbers(dataDir)));
}

async function ownerNumbers(dataDir: string): Promise<number[]> {
  const names = await readdir(dataDir);
  return names.flatMap((name) => {
    const [, number] = /^owner\.(\d+)$/.exec(name) ?? [];
    return number ? [Number(number)] : [];
  });
}

// Undefined when the owner released it, died, or its pid has gone to another process since.
async function readOwner(path: string): Promise<Owner | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const owner = parseOwner(text);
  if (!owner || !(await isRunning(owner.pid))) return undefined;
  return (await startMark(owner.pid)) === owner.startMark ? owner : undefined;
}

// A machine that lost its power can leave a file of the right size without its contents.
function parseOwner(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Owner;
    return Number.isInteger(owner.pid) ? owner : undefined;
  } catch {
    return undefined;
  }
}

async function createExclusively(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeLower(dataDir: string, mine: number): Promise<void> {
  const lower = (await ownerNumbers(dataDir)).filter((number) => number < mine);
  await Promise.all(lower.map((number) => rm(ownerFile(dataDir, number), { force: true })));
}
