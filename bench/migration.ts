// A whole migration of visits on everything that `start` runs, simulators beside it: rate, CPU of each part, memory of
// the worker; then a second run, which must find nothing to do. Usage: migration.ts [visits]
import { auditVisits, judge, round, startInstance } from './migration-instance.ts';
import { reportResult } from './support.ts';

const VISITS = Number(process.argv[2] ?? 200_000);
/** 200,000 visits in six minutes, ten times what twelve instances of the original reach. */
const LEAST_PER_SECOND = 555;
const LIMIT_MS = Math.max(120_000, (VISITS / LEAST_PER_SECOND) * 2_000);

await using instance = await startInstance({ SIGNALBOX_SIMULATED_VISITS: String(VISITS) });
const before = instance.cpuByRole();
const megabytes: number[] = [];
const first = await instance.migrate('/migrate/visits', {
  limitMs: LIMIT_MS,
  onLook: () => megabytes.push(instance.workerMb()),
});
const after = instance.cpuByRole();
const second = await instance.migrate('/migrate/visits', { limitMs: LIMIT_MS });
const audit = await auditVisits(instance);

const cpu = Object.fromEntries(
  Object.entries(after).map(([role, seconds]) => [
    role,
    Math.round(((seconds - (before[role] ?? 0)) * 1e6) / VISITS),
  ]),
);
const perSecond = Math.round(VISITS / first.seconds);
// The first half of a run fills heaps, caches and connections.
const late = megabytes.slice(Math.ceil(megabytes.length / 2));
const thirdQuarterMb = Math.max(...late.slice(0, Math.ceil(late.length / 2)));
const lastQuarterMb = Math.max(...late.slice(Math.ceil(late.length / 2)));
await reportResult('migration', {
  visits: VISITS,
  seconds: round(first.seconds),
  visitsPerSecond: perSecond,
  cpuMicrosecondsPerVisit: cpu,
  workerPeakMbThirdQuarter: thirdQuarterMb,
  workerPeakMbLastQuarter: lastQuarterMb,
  recordsMigrated: first.recordsMigrated,
  recordsFailed: first.recordsFailed,
  madeAtTarget: audit.made,
  madeTwice: audit.twice,
  secondRunSeconds: round(second.seconds),
  secondRunMigrated: second.recordsMigrated,
});
judge([
  {
    what: `at least ${LEAST_PER_SECOND} visits a second`,
    isMet: perSecond >= LEAST_PER_SECOND,
    figure: perSecond,
  },
  { what: 'every visit migrated', isMet: first.recordsMigrated === VISITS, figure: first.recordsMigrated },
  { what: 'every visit made once', isMet: audit.made === VISITS && audit.twice === 0, figure: audit.made },
  {
    what: 'memory of the worker is flat',
    isMet: lastQuarterMb <= thirdQuarterMb * 1.1,
    figure: `${thirdQuarterMb} MB in the third quarter, ${lastQuarterMb} MB in the last`,
  },
  {
    what: 'a second run finds nothing to do',
    isMet: second.recordsMigrated === 0,
    figure: second.recordsMigrated,
  },
]);
