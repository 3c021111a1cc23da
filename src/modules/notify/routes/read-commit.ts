import { readFile } from 'node:fs/promises';

/** The commit of a working copy, read without git; null where there is none. */
export async function readCommit(gitFolder: URL): Promise<string | null> {
  const head = await readIfThere(new URL('HEAD', gitFolder));
  const branch = /^ref: (refs\/[\w./-]+)$/.exec(head ?? '')?.[1];
  const commit = branch === undefined ? head : await readBranch(gitFolder, branch);
  return commit !== undefined && /^[0-9a-f]{40,64}$/.test(commit) ? commit : null;
}

async function readBranch(gitFolder: URL, branch: string): Promise<string | undefined> {
  const loose = await readIfThere(new URL(branch, gitFolder));
  if (loose !== undefined) return loose;
  const packed = (await readIfThere(new URL('packed-refs', gitFolder))) ?? '';
  return packed
    .split('\n')
    .find((line) => line.endsWith(` ${branch}`))
    ?.split(' ')[0];
}

async function readIfThere(file: URL): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // In a linked working copy `.git` is a file.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
