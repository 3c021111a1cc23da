import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { isTestFile } from '../boundaries/areas.ts';
import { findImports } from '../boundaries/imports.ts';
import { tokenize } from '../boundaries/tokens.ts';

const HARNESS = 'test/harness/';

/**
 * Whether a test file comes to the harness, and with it to the server that the tests run on, by what it imports or runs.
 * Only files of tests are followed, since the product imports none of them. Paths are relative to `root`.
 */
export function usesServer(root: string, file: string): boolean {
  const seen = new Set([file]);
  for (const path of seen) {
    if (path.startsWith(HARNESS)) return true;
    for (const { specifier, isTypeOnly } of importsOf(root, path)) {
      const target = posix.join(posix.dirname(path), specifier);
      if (!isTypeOnly && specifier.startsWith('.') && isTestFile(target)) seen.add(target);
    }
  }
  return false;
}

function importsOf(root: string, path: string) {
  return path.endsWith('.ts')
    ? findImports(tokenize(readFileSync(posix.join(root, path), 'utf8'))).modules
    : [];
}
