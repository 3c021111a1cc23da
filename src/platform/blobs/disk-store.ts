import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import {
  type BlobContent,
  type BlobEntry,
  type BlobStore,
  checkKey,
  checkPrefix,
  chunksOf,
} from './blob-store.ts';

/**
 * Blobs as plain files under `objects/`, so that people and backups can read them. A file is written aside under
 * `incoming/`, synced and renamed; the folder is synced after it, without which a power cut could undo the rename.
 * Content types have their own tree, `types/`. A name on disk cannot be a file and a folder at once: each segment
 * that is a folder ends in `+`, which no key may contain.
 */
export function createDiskStore(directory: string): BlobStore {
  const objects = join(directory, 'objects');
  const types = join(directory, 'types');
  const incoming = join(directory, 'incoming');
  return {
    async put(key, content, { contentType }) {
      checkKey(key);
      // The type first: a crash in between leaves a type without a blob, which nobody sees.
      await writeAtomically(incoming, pathOf(types, key), contentType);
      await writeAtomically(incoming, pathOf(objects, key), content);
    },
    async get(key) {
      checkKey(key);
      const file = await orUndefinedIfMissing(open(pathOf(objects, key)));
      if (!file) return undefined;
      const { size } = await file.stat();
      const contentType = await orUndefinedIfMissing(readFile(pathOf(types, key), 'utf8'));
      const stream = file.createReadStream();
      return { contentType: contentType ?? 'application/octet-stream', bytes: size, metadata: {}, stream };
    },
    async delete(key) {
      checkKey(key);
      await rm(pathOf(objects, key), { force: true });
      await rm(pathOf(types, key), { force: true });
    },
    async *list(prefix) {
      checkPrefix(prefix);
      yield* walk(objects, objects, prefix);
    },
  };
}

const FOLDER_MARK = '+';

function pathOf(root: string, key: string): string {
  const segments = key.split('/');
  return join(root, ...segments.slice(0, -1).map((segment) => segment + FOLDER_MARK), segments.at(-1) ?? '');
}

async function writeAtomically(incoming: string, path: string, content: BlobContent): Promise<void> {
  await makeDirectory(incoming);
  await makeDirectory(dirname(path));
  const draft = join(incoming, randomUUID());
  try {
    await using file = await open(draft, 'wx');
    for await (const chunk of chunksOf(content)) await file.writeFile(chunk);
    await file.sync();
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** A new folder is durable only when the folder that names it is synced too. */
async function makeDirectory(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true });
  if (firstMade === undefined) return;
  const above = dirname(firstMade);
  for (let folder = path; folder !== above; folder = dirname(folder)) await syncDirectory(dirname(folder));
}

async function syncDirectory(path: string): Promise<void> {
  await using folder = await open(path);
  await folder.sync();
}

/** Depth first in the order of keys, passing over folders in which no key can start with the prefix. */
async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<BlobEntry> {
  const entries = (await orUndefinedIfMissing(readdir(folder, { withFileTypes: true }))) ?? [];
  const named = entries.map((entry) => ({ entry, key: keyOf(root, folder, entry) }));
  named.sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const { entry, key } of named) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (key.startsWith(prefix) || prefix.startsWith(key)) yield* walk(root, path, prefix);
    } else if (key.startsWith(prefix)) {
      const found = await orUndefinedIfMissing(stat(path));
      // A blob may be deleted while the list is read.
      if (found) yield { key, bytes: found.size, modifiedAt: found.mtime };
    }
  }
}

/** The key of a file, or what the keys in a folder start with: `a+` is `a/`, which also sorts as keys do. */
function keyOf(root: string, folder: string, entry: Dirent): string {
  return relative(root, join(folder, entry.name))
    .split(sep)
    .map((segment) => (segment.endsWith(FOLDER_MARK) ? `${segment.slice(0, -1)}/` : segment))
    .join('');
}

async function orUndefinedIfMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
