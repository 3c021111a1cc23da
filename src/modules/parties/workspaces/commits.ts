import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether a commit is on the branch, or no longer exists because it was squashed away. */
export async function isOnBranchOrGone(folder: string, sha: string, branch: string): Promise<boolean> {
  if (!/^[0-9a-f]{4,40}$/.test(sha)) return false;
  if (!(await succeeds(folder, ['cat-file', '-e', `${sha}^{commit}`]))) return true;
  return succeeds(folder, ['merge-base', '--is-ancestor', sha, branch]);
}

async function succeeds(folder: string, args: string[]): Promise<boolean> {
  try {
    await run('git', ['-C', folder, ...args]);
    return true;
  } catch (error) {
    // Git answers no with an exit code; that it is missing is another matter.
    if ((error as { code?: unknown }).code === 'ENOENT') throw error;
    return false;
  }
}
