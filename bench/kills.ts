// kill -9 of web, worker and PostgreSQL in turn while events come in: nothing accepted may be missing, nothing written
// twice, and work must go on by itself. Usage: kills.ts [events] [kills]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistories, findPid, waitUntilReady } from './instance.ts';
import { reportResult } from './support.ts';

const EVENTS = Number(process.argv[2] ?? 20_000);
const KILLS = Number(process.argv[3] ?? 20);
const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const RECOVERY_LIMIT_S = 30;

const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-kills-'));
const environment = { ...process.env, SIGNALBOX_DATA_DIR: dataDir, SIGNALBOX_PORT_BASE: '18480' };
const base = 'http://127.0.0.1:18480';

const instance = spawn(process.execPath, [MAIN, 'start', '--logs', 'files'], {
  env: environment,
  stdio: 'inherit',
});
try {
  await waitUntilReady(base, 120);
  const demo = spawn(
    process.execPath,
    [
      MAIN,
      'demo',
      'directory',
      '--events',
      String(EVENTS),
      '--rate',
      String(Math.ceil(EVENTS / (KILLS * 3))),
      '--json',
    ],
    { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  demo.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve));

  const recoveries: number[] = [];
  await sleep(2_000);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const target = ['web', 'worker', 'postgres'][kill % 3] ?? '';
    const pid = await findPid(dataDir, target);
    process.kill(pid, 'SIGKILL');
    const killedAt = performance.now();
    await sleep(300);
    await waitUntilReady(base, RECOVERY_LIMIT_S);
    recoveries.push((performance.now() - killedAt) / 1_000);
    console.log(`killed ${target} (${pid}); ready again after ${recoveries.at(-1)?.toFixed(1)} s`);
    await sleep(500 + Math.random() * 2_000);
  }
  await ended;
  const result = JSON.parse(output);
  const history = await checkHistories(dataDir, result.processing.servicesWritten);
  await reportResult('kills', {
    events: EVENTS,
    kills: KILLS,
    accepted: result.intake.accepted,
    missing: result.missing,
    orderViolations: result.orderViolations,
    failuresRecorded: result.processing.failed,
    servicesWritten: result.processing.servicesWritten,
    ...history,
    longestRecoverySeconds: Math.round(Math.max(...recoveries) * 10) / 10,
  });
  if (!result.isComplete || result.orderViolations > 0 || history.repeatedHistoryEntries > 0)
    process.exitCode = 1;
} finally {
  instance.kill('SIGTERM');
  await new Promise((resolve) => instance.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}
