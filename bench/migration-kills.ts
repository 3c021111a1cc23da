// A migration of visits during which processes are killed at random, the database is restarted, and one create in a
// hundred is taken and never answered: each visit must be made once and mapped. Usage: migration-kills.ts [visits] [kills]
import { setTimeout as sleep } from 'node:timers/promises';
import { auditVisits, judge, round, startInstance } from './migration-instance.ts';
import { reportResult } from './support.ts';

const VISITS = Number(process.argv[2] ?? 50_000);
const KILLS = Number(process.argv[3] ?? 10);
/** Kills come evenly over the time that the run would take, with as much chance in between. */
const SLOWEST_PER_SECOND = 200;
const LIMIT_MS = 120_000 + (VISITS / SLOWEST_PER_SECOND) * 1_000 + KILLS * 30_000;

await using instance = await startInstance({ SIGNALBOX_SIMULATED_VISITS: String(VISITS) });
await instance.simulator('/vsip/faults', 'PUT', [
  { match: { method: 'POST', path: '/migrate-visits' }, kind: 'timeout_after_commit', rate: 0.01 },
]);
let hasEnded = false;
const killed: string[] = [];
const killing = killOnTheWay();
const run = await instance.migrate('/migrate/visits', { limitMs: LIMIT_MS });
hasEnded = true;
await killing;
const audit = await auditVisits(instance);
const mapped = await instance.call<{ totalElements: number }>('GET', '/mapping/visits?size=1');

await reportResult('migration-kills', {
  visits: VISITS,
  kills: killed.length,
  killed: killed.join(' '),
  neverAnsweredShare: 0.01,
  seconds: round(run.seconds),
  visitsPerSecond: Math.round(VISITS / run.seconds),
  recordsMigrated: run.recordsMigrated,
  recordsFailed: run.recordsFailed,
  madeAtTarget: audit.made,
  madeTwice: audit.twice,
  mappings: mapped.totalElements,
});
judge([
  {
    what: 'processes were killed while it ran',
    isMet: killed.length === KILLS + 1,
    figure: killed.join(' '),
  },
  { what: 'each visit made', isMet: audit.made === VISITS, figure: audit.made },
  { what: 'none made twice', isMet: audit.twice === 0, figure: audit.twice },
  { what: 'each mapped', isMet: mapped.totalElements === VISITS, figure: mapped.totalElements },
  { what: 'none failed', isMet: run.recordsFailed === 0, figure: run.recordsFailed },
]);

/** kill -9 of the web process or the worker by chance, and of PostgreSQL once in between. */
async function killOnTheWay(): Promise<void> {
  const gapMs = Math.min(8_000, (VISITS / 800 / (KILLS + 2)) * 1_000);
  for (let kill = 0; kill <= KILLS && !hasEnded; ) {
    await sleep(gapMs * (0.5 + Math.random()));
    const role = kill === Math.floor(KILLS / 2) ? 'postgres' : Math.random() < 0.75 ? 'worker' : 'web';
    const victim = instance.processes().find((one) => one.role === role);
    if (!victim) continue;
    process.kill(victim.pid, 'SIGKILL');
    killed.push(role);
    console.log(`killed ${role} (${victim.pid})`);
    kill += 1;
  }
}
