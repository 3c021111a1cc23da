// Looks for secrets in what is about to be committed: the staged text, not the working copy.
import { spawnSync } from 'node:child_process';
import { root } from './app-parts.ts';
import { findSecrets } from './checks/secrets.ts';

function git(...args: string[]): string {
  const result = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (result.status !== 0) throw new Error(`git ${args.join(' ')} failed: ${result.stderr}`);
  return result.stdout;
}

const staged = git('diff', '--cached', '--name-only', '--diff-filter=ACMR', '-z').split('\0').filter(Boolean);
const found = staged.flatMap((path) => findSecrets(path, git('show', `:${path}`)));
for (const { path, line, kind } of found) console.error(`${path}:${line} looks like: ${kind}`);
if (found.length > 0) {
  console.error(
    'Nothing was committed. Take the text out; a made-up one may stay with "not-a-secret" on its line.',
  );
  process.exitCode = 1;
}
