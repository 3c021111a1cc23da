import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportPolicy } from './import-rules.ts';
import { checkSource, type Problem } from './source-rules.ts';

/** The folders whose TypeScript the boundaries hold for. */
export const checkedFolders = ['src', 'test', 'bench', 'scripts'] as const;

/** Paths of all .ts files below the checked folders, relative to `root`, with `/`. */
export async function listSources(root: string): Promise<string[]> {
  const paths: string[] = [];
  for (const folder of checkedFolders) {
    const entries = await readdir(join(root, folder), { recursive: true }).catch(ignoreMissing);
    for (const entry of entries) if (entry.endsWith('.ts')) paths.push(`${folder}/${entry}`);
  }
  return paths.sort();
}

interface PackageFile {
  imports?: Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

export async function readPolicy(
  root: string,
  files: string[],
  moduleEdges: readonly string[],
): Promise<ImportPolicy> {
  const text = await readFile(join(root, 'package.json'), 'utf8');
  const packageFile: PackageFile = JSON.parse(text);
  return {
    files: new Set(files),
    aliases: packageFile.imports ?? {},
    dependencies: new Set(Object.keys({ ...packageFile.dependencies, ...packageFile.optionalDependencies })),
    devDependencies: new Set(Object.keys(packageFile.devDependencies ?? {})),
    moduleEdges,
  };
}

export async function checkRepository(root: string, moduleEdges: readonly string[]): Promise<Problem[]> {
  const files = await listSources(root);
  const policy = await readPolicy(root, files, moduleEdges);
  const problems = await Promise.all(
    files.map(async (path) => checkSource(path, await readFile(join(root, path), 'utf8'), policy)),
  );
  return problems.flat();
}

export function formatProblems(problems: Problem[]): string {
  return problems.map(({ path, line, message }) => `${path}:${line} ${message}`).join('\n');
}

function ignoreMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
