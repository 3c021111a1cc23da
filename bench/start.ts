// Cold and warm start of everything, and memory of all processes when idle.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reportResult } from './support.ts';

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const IDLE_SECONDS = 10;
const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-start-'));
const environment = { ...process.env, SIGNALBOX_DATA_DIR: dataDir, SIGNALBOX_PORT_BASE: '18520' };

try {
  const first = await startOnce();
  await stop(first.child);
  const warm: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    const again = await startOnce();
    warm.push(again.seconds);
    if (run < 2) await stop(again.child);
    else {
      await sleep(IDLE_SECONDS * 1_000);
      const processes = memoryOf(again.child.pid ?? 0);
      await stop(again.child);
      await reportResult('start', {
        firstStartSeconds: first.seconds,
        laterStartSecondsMedian: warm.toSorted((a, b) => a - b)[1],
        idleMemoryMb: Math.round(processes.reduce((sum, { mb }) => sum + mb, 0)),
        idleMemoryByProcessMb: Object.fromEntries(processes.map(({ name, mb }) => [name, Math.round(mb)])),
      });
    }
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

async function startOnce(): Promise<{ child: ChildProcess; seconds: number }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN, 'start', '--logs', 'files'], {
    env: environment,
    stdio: 'ignore',
  });
  for (;;) {
    const isReady = await fetch('http://127.0.0.1:18520/health/readiness').then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) break;
    if (performance.now() - startedAt > 120_000) throw new Error('Not ready within two minutes');
    await sleep(20);
  }
  return { child, seconds: Math.round((performance.now() - startedAt) / 10) / 100 };
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}

/** Proportional set size, which counts pages that processes share once, of a process and everything below it. */
function memoryOf(root: number): { name: string; mb: number }[] {
  const rows = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, ...words]) => ({ pid: Number(pid), parent: Number(parent), words }));
  const known = new Set([root]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const row of rows) {
      const isOurs = known.has(row.parent) || row.words.join(' ').includes(dataDir);
      if (isOurs && !known.has(row.pid)) {
        known.add(row.pid);
        grew = true;
      }
    }
  }
  return rows
    .filter(({ pid }) => known.has(pid))
    .map(({ pid, words }) => {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      const mb = Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1_024;
      const name = words.at(-1) === 'files' ? 'supervisor' : words.slice(-2).join(' ');
      return { name: `${name} ${pid}`, mb };
    });
}
