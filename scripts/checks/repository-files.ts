import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../app-parts.ts';
import { countLines, isDataTable } from '../boundaries/source-rules.ts';

/** Paths of the files in the repository, committed or about to be, relative to its root. */
export function listRepositoryFiles(): string[] {
  const git = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (git.status !== 0) throw new Error('This check needs a git checkout: git ls-files failed.');
  return git.stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

const maxLines = 500;
const codeEndings = /\.(ts|tsx|mjs|js|njk|sql|sh)$/;

/** Hand-written code over 500 lines. Schema dumps, tables of facts and style sheets are as long as what they list. */
export function findLongFiles(paths: string[]): string[] {
  return paths
    .filter((path) => codeEndings.test(path) && !path.startsWith('docs/schema/') && !isDataTable(path))
    .map((path) => ({ path, lines: countLines(readFileSync(join(root, path), 'utf8')) }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ path, lines }) => `${path} has ${lines} lines, at most ${maxLines} are allowed`);
}
