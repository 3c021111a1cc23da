// A release switch under load, with real processes: change events keep coming in while blue is unlinked, green linked,
// a worker killed and the switch rolled back. Nothing may be lost, done twice or out of order, and nothing taken while
// no release is linked. Usage: release-switch.ts [events a second] [seconds]
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistories, databaseUrl, findPid, queryOf, waitUntilReady } from './instance.ts';
import { reportResult } from './support.ts';

const RATE = Number(process.argv[2] ?? 500);
const SECONDS = Number(process.argv[3] ?? 30);
const PORT = Number(process.env.SIGNALBOX_PORT_BASE ?? 18_640);
const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const base = `http://127.0.0.1:${PORT}`;
const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-release-'));
const environment = (release: string): NodeJS.ProcessEnv => ({
  ...process.env,
  SIGNALBOX_DATA_DIR: dataDir,
  SIGNALBOX_PORT_BASE: String(PORT),
  SHARED_ENVIRONMENT: 'bench',
  ENVIRONMENT: release,
  IMAGE_VERSION: release,
});

const instance = launch(['start', '--logs', 'files'], 'blue');
let green: ChildProcess | undefined;
try {
  await waitUntilReady(base, 120);
  await directory(
    'deploy-blue-green-environment',
    'VERSION=2',
    'SHARED_ENVIRONMENT=bench',
    'BLUE_GREEN_ENVIRONMENT=green',
  );
  green = launch(['worker'], 'green', { DATABASE_URL: await databaseUrl(dataDir) });
  const demo = signalbox([
    'demo',
    'directory',
    '--events',
    String(RATE * SECONDS),
    '--rate',
    String(RATE),
    '--json',
  ]);
  const gaps: { from: Date; to: Date }[] = [];
  await sleep(SECONDS * 200);

  const unlinkedAt = await directory('unlink-blue-green-environment', 'BLUE_GREEN_ENVIRONMENT=blue');
  await sleep(2_000);
  gaps.push({ from: unlinkedAt, to: new Date() });
  await directory('link-blue-green-environment', 'BLUE_GREEN_ENVIRONMENT=green');
  await sleep(SECONDS * 150);

  const victim = await findPid(dataDir, 'worker', { not: green.pid });
  process.kill(victim, 'SIGKILL');
  console.log(`killed a worker of blue (${victim}) while green is linked`);
  await sleep(4_000);
  await directory('rollback-blue-green-environment');
  green.kill('SIGKILL');
  console.log('rolled back to blue and killed the worker of green');

  const result = JSON.parse(await demo);
  const takenWhileUnlinked = await countTaken(gaps);
  const histories = await checkHistories(dataDir, result.processing.servicesWritten);
  await reportResult('release-switch', {
    eventsPerSecond: RATE,
    events: result.intake.sent,
    accepted: result.intake.accepted,
    refused: result.intake.refused,
    intakeLatencyMs: result.intake.latencyMs,
    missing: result.missing,
    orderViolations: result.orderViolations,
    takenWhileUnlinked,
    takenBy: await countByRelease(),
    servicesWritten: result.processing.servicesWritten,
    ...histories,
  });
  const isGood =
    result.isComplete &&
    result.intake.accepted === result.intake.sent &&
    result.orderViolations === 0 &&
    takenWhileUnlinked === 0 &&
    histories.repeatedHistoryEntries === 0 &&
    histories.historyEntriesNotReported === 0;
  console.log(
    isGood ? '\nPASSED: nothing was lost, doubled or out of order' : '\nFAILED: see the figures above',
  );
  if (!isGood) process.exitCode = 1;
} finally {
  if (green && green.exitCode === null && green.signalCode === null) {
    green.kill('SIGKILL');
    await once(green, 'exit');
  }
  instance.kill('SIGTERM');
  if (instance.exitCode === null) await once(instance, 'exit');
  rmSync(dataDir, { recursive: true, force: true });
}

function launch(args: string[], release: string, more: NodeJS.ProcessEnv = {}): ChildProcess {
  const log = openSync(join(dataDir, `${args[0]}-${release}.log`), 'a');
  return spawn(process.execPath, [MAIN, ...args], {
    env: { ...environment(release), ...more },
    stdio: ['ignore', log, log],
  });
}

async function signalbox(args: string[]): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: environment('blue'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0 && args[0] !== 'demo') throw new Error(`signalbox ${args.join(' ')} ended with ${code}`);
  return output;
}

/** Returns when the command had certainly taken effect. */
async function directory(...args: string[]): Promise<Date> {
  for (const deadline = Date.now() + 30_000; ; await sleep(500)) {
    try {
      const state = JSON.parse(await signalbox(['directory', ...args, '--json']));
      console.log(`${args[0]}: ${state.connected_blue_green_environment} is linked`);
      return new Date();
    } catch (error) {
      // A worker that has just started may not have said yet that it is alive.
      if (Date.now() > deadline) throw error;
    }
  }
}

async function countTaken(spans: { from: Date; to: Date }[]): Promise<number> {
  let taken = 0;
  for (const { from, to } of spans) {
    const [row] = await queryOf<{ taken: number }>(
      await databaseUrl(dataDir),
      "select count(*)::int as taken from platform.events where name = 'change_event.received' and time > $1 and time < $2",
      [from, to],
    );
    taken += row?.taken ?? 0;
  }
  return taken;
}

async function countByRelease(): Promise<Record<string, number>> {
  const rows = await queryOf<{ release: string; taken: number }>(
    await databaseUrl(dataDir),
    // The row holds all that ingest said of one event, a part each; one part names the release.
    `select part ->> 'environment' as release, count(*)::int as taken
     from platform.events, json_array_elements(each) as part
     where name = 'change_event.received' and part ->> 'environment' is not null group by 1 order by 1`,
  );
  return Object.fromEntries(rows.map(({ release, taken }) => [release, taken]));
}
