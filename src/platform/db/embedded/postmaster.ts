// One run of the PostgreSQL server process: start it, know when it accepts connections, end it.
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { commandLine, findByCommand, isRunning, signal, waitUntilGone } from './processes.ts';
import { type RunAs, spawnAs } from './run-as.ts';
import { openServerLog, readServerLog, rotateServerLog } from './server-log.ts';
import { settingArguments } from './server-settings.ts';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Postmaster {
  pid: number;
  child: ChildProcess;
  exited: Promise<Exit>;
}

/** Once it has ended its pid may belong to anybody, and must not be signalled. */
export function hasEnded({ child }: Postmaster): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

export interface PostmasterFile {
  pid: number;
  port: number;
  isReady: boolean;
}

/** The server ended before it accepted connections; `serverLog` is all it said in that time. */
export class ServerStartError extends Error {
  readonly serverLog: string;

  constructor(cluster: string, logPath: string, serverLog: string) {
    const lines = serverLog.trim().split('\n').slice(-12);
    const fatal = lines.findLast((line) => /\b(FATAL|PANIC):/.test(line));
    const reason = fatal?.replace(/^.*?\b(FATAL|PANIC):\s*/, '') ?? 'it ended without giving a reason';
    super(
      `PostgreSQL could not start in ${cluster}: ${reason}\nLast lines of ${logPath}:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    );
    this.name = 'ServerStartError';
    this.serverLog = serverLog;
  }
}

// glibc gives memory back to the system after every larger statement and asks for it anew at the next, which costs the
// zeroing of each page: a tenth of the server's time when it writes batches.
const ALLOCATOR = ['MALLOC_MMAP_THRESHOLD_=8388608', 'MALLOC_TRIM_THRESHOLD_=8388608'];

const START_LIMIT_MS = 15 * 60_000;
const FAST_SHUTDOWN_MS = 60_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;

/** Starts the server and returns once it accepts connections, which after a crash is when recovery is done. */
export async function startPostmaster(options: {
  cluster: string;
  program: string;
  runAs: RunAs;
  port: number;
  logPath: string;
  settings: Record<string, string>;
}): Promise<Postmaster> {
  const { cluster, logPath } = options;
  await rotateServerLog(logPath);
  const logFile = await openServerLog(logPath);
  const settings = { ...options.settings, port: String(options.port), cluster_name: clusterName(cluster) };
  // A process group of its own: Ctrl-C on the terminal is for us, who then stop the server last.
  const serverArguments = ['-D', cluster, ...settingArguments(settings)];
  const child = spawnAs(options.runAs, 'env', [...ALLOCATOR, options.program, ...serverArguments], {
    detached: true,
    stdio: ['ignore', logFile.fd, logFile.fd],
  });
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signalName) => resolve({ code, signal: signalName }));
  });
  // Whoever waits for the exit gets the error; before that it must not count as unhandled.
  exited.catch(() => undefined);
  await logFile.close();
  await waitUntilReady(child, exited, options);
  if (child.pid === undefined) throw new Error(`${options.program} has no process id.`);
  return { pid: child.pid, child, exited };
}

async function waitUntilReady(
  child: ChildProcess,
  exited: Promise<Exit>,
  { cluster, logPath }: { cluster: string; logPath: string },
): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    const file = await readPostmasterFile(cluster);
    if (file?.isReady && file.pid === child.pid) return;
    const isLate = Date.now() > deadline;
    if (isLate && child.pid !== undefined) await stopPostmaster(child.pid);
    const ended = await Promise.race([exited, delay(10)]);
    if (ended || isLate) throw new ServerStartError(cluster, logPath, await readServerLog(logPath));
  }
}

/** Fast shutdown, then harder: connections are cut at once, and only a stuck server meets the second signal. */
export async function stopPostmaster(pid: number): Promise<void> {
  if (!signal(pid, 'SIGINT') || (await waitUntilGone([pid], FAST_SHUTDOWN_MS))) return;
  // Immediate shutdown loses nothing that was committed: the next start recovers from the log.
  if (!signal(pid, 'SIGQUIT') || (await waitUntilGone([pid], IMMEDIATE_SHUTDOWN_MS))) return;
  signal(pid, 'SIGKILL');
  if (!(await waitUntilGone([pid], IMMEDIATE_SHUTDOWN_MS))) {
    throw new Error(`PostgreSQL (process ${pid}) does not end even after SIGKILL; its disk may be hanging.`);
  }
}

/** What the server wrote about itself, or undefined when no server has been started or it ended cleanly. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  let text: string;
  try {
    text = await readFile(join(cluster, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
}

/** True when this pid is a server process on this cluster, and not something that got its number later. */
export async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  if (!(await isRunning(pid))) return false;
  const command = (await commandLine(pid)) ?? '';
  return command.includes('postgres') && command.includes(` -D ${cluster} `);
}

/**
 * Ends what a former run left: a server whose owner was killed, backends whose server was killed, and the pid file of a
 * server that died with its machine. The caller owns the data folder, so nobody needs them any more.
 */
export async function clearFormerRun(
  cluster: string,
  onOrphan: (found: { serverPid?: number; backendPids?: number[] }) => void,
): Promise<void> {
  const file = await readPostmasterFile(cluster);
  if (file && (await isServerOf(cluster, file.pid))) {
    onOrphan({ serverPid: file.pid });
    await stopPostmaster(file.pid);
  }
  await endOrphanedBackends(cluster, onOrphan);
  const left = await readPostmasterFile(cluster);
  // PostgreSQL removes the file of a dead process itself, but trusts one whose number is taken again after a reboot.
  if (left && pidIsTaken(left.pid)) await rm(join(cluster, 'postmaster.pid'), { force: true });
}

// A backend busy in a query notices the death of its server only when it next waits, and until it has gone PostgreSQL
// refuses to start: "pre-existing shared memory block is still in use".
async function endOrphanedBackends(
  cluster: string,
  onOrphan: (found: { backendPids: number[] }) => void,
): Promise<void> {
  const pids = await findByCommand(`postgres: ${clusterName(cluster)}: `);
  if (pids.length === 0) return;
  onOrphan({ backendPids: pids });
  for (const pid of pids) signal(pid, 'SIGQUIT');
  if (await waitUntilGone(pids, IMMEDIATE_SHUTDOWN_MS)) return;
  for (const pid of pids) signal(pid, 'SIGKILL');
  await waitUntilGone(pids, IMMEDIATE_SHUTDOWN_MS);
}

// Shown in the title of each backend, which is how the backends of this cluster are told from others.
function clusterName(cluster: string): string {
  return `signalbox-${createHash('sha256').update(cluster).digest('hex').slice(0, 12)}`;
}

function pidIsTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
