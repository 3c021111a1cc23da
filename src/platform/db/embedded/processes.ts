// What the operating system knows of other processes. Linux answers from /proc, because slim images carry no `ps`;
// other systems have `ps`.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const hasProc = process.platform === 'linux';

/** False for a zombie too: it has ended, only its parent has not asked about it yet. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (!hasProc) return true;
  const stat = await readStat(pid);
  return stat !== undefined && stat[0] !== 'Z' && stat[0] !== 'X';
}

/** A text that differs between two processes which had the same pid, or undefined when none has it now. */
export async function startMark(pid: number): Promise<string | undefined> {
  if (!hasProc) return psField(pid, 'lstart');
  const stat = await readStat(pid);
  if (!stat || stat[0] === 'Z') return undefined;
  // Fields are counted from `state`, which is the third of proc(5): start time is the twenty-second.
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${bootId.trim()} ${stat[19]}`;
}

/** The command line with its arguments separated by spaces, or undefined when there is no such process. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (!hasProc) return psField(pid, 'command');
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim() || undefined;
}

/** The pids of all processes whose command line starts with `prefix`. */
export async function findByCommand(prefix: string): Promise<number[]> {
  if (!hasProc) {
    const { stdout } = await run('ps', ['-axww', '-o', 'pid=,command=']);
    return stdout
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
      .filter((match) => match?.[2]?.startsWith(prefix))
      .map((match) => Number(match?.[1]));
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const lines = await Promise.all(pids.map(commandLine));
  return pids.filter((_, index) => lines[index]?.startsWith(prefix));
}

/** Sends a signal; false when the process is already gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** True once none of them runs any more, false when `timeoutMs` passed first. */
export async function waitUntilGone(pids: number[], timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  let left = pids;
  for (;;) {
    const running = await Promise.all(left.map(isRunning));
    left = left.filter((_, index) => running[index]);
    if (left.length === 0) return true;
    if (Date.now() >= deadline) return false;
    await delay(20);
  }
}

// The fields after the command's name, which may itself hold spaces and brackets.
async function readStat(pid: number): Promise<string[] | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

async function psField(pid: number, field: string): Promise<string | undefined> {
  const { stdout } = await run('ps', ['-ww', '-o', `${field}=`, '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return stdout.trim() || undefined;
}
