// Reconciling many visits: NOMIS, the scheduler, mappings and hashes are filled as a run would have left them, but for
// one record that differs and one without its mapping: the command has to name exactly these. Usage: migration-reconcile.ts [records]
import pg from 'pg';
import { compareVisits } from '../src/modules/migration/domains/visits/compare-visits.ts';
import type { NomisVisit } from '../src/modules/migration/domains/visits/nomis-visit.ts';
import { transformVisit } from '../src/modules/migration/domains/visits/transform-visit.ts';
import type { TransformTools } from '../src/modules/migration/engine/domain.ts';
import { toLocalDateTime } from '../src/modules/migration/engine/local-time.ts';
import { hashFields } from '../src/modules/migration/engine/tools.ts';
import { createNomisWorld } from '../src/simulators/nomis/nomis-world.ts';
import { databaseUrl } from './instance.ts';
import { judge, round, startInstance } from './migration-instance.ts';
import { reportResult } from './support.ts';

const RECORDS = Number(process.argv[2] ?? 1_000_000);
const FIRST_ID = 700_001;
const STEP = 5_000;
/** Two minutes for a million. */
const LIMIT_SECONDS = Math.max(10, (RECORDS / 1_000_000) * 120);
const CHANGED = FIRST_ID + Math.floor(RECORDS / 3);
const UNMAPPED = FIRST_ID + Math.floor(RECORDS / 2);

await using instance = await startInstance({
  SIGNALBOX_SIMULATED_VISITS: String(RECORDS),
  MIGRATION_RECONCILE_PER_MINUTE: '0',
});
const world = createNomisWorld({ visits: RECORDS, prisoners: undefined, now: () => new Date() });
const tools: TransformTools = {
  now: toLocalDateTime(new Date()),
  call: { correlationId: null },
  prisonTimes: [],
  findRoom: async () => ({ vsipId: 'Hall', isOpen: true }),
  parentId: async () => '',
};
const fillingAt = performance.now();
await fill();
const fillSeconds = (performance.now() - fillingAt) / 1_000;
await forgetMapping(UNMAPPED);
const before = instance.cpuByRole();
const quick = await reconcile();
const after = instance.cpuByRole();
const worker = instance.workerMb();

await reportResult('migration-reconcile', {
  records: RECORDS,
  fillSeconds: round(fillSeconds),
  reconcileSeconds: round(quick.seconds),
  recordsPerSecond: Math.round(RECORDS / quick.seconds),
  cpuMicrosecondsPerRecord: Object.fromEntries(
    Object.entries(after).map(([role, seconds]) => [
      role,
      Math.round(((seconds - (before[role] ?? 0)) * 1e6) / RECORDS),
    ]),
  ),
  compared: quick.compared,
  agree: quick.matched,
  differences: quick.differences,
  workerMb: worker,
});
judge([
  {
    what: `at most ${Math.round(LIMIT_SECONDS)} seconds`,
    isMet: quick.seconds <= LIMIT_SECONDS,
    figure: round(quick.seconds),
  },
  { what: 'every mapped record compared', isMet: quick.compared === RECORDS - 1, figure: quick.compared },
  {
    what: 'the one that differs and the one without a mapping are named',
    isMet: quick.differences.NOT_MAPPED === 1 && quick.differences.DIFFERENT === 1,
    figure: JSON.stringify(quick.differences),
  },
]);

interface Reconciled {
  compared: number;
  matched: number;
  differences: Record<string, number>;
}

async function reconcile(...args: string[]): Promise<Reconciled & { seconds: number }> {
  const startedAt = performance.now();
  const done = await instance.command<Reconciled>('reconcile', ...args);
  return { ...done, seconds: (performance.now() - startedAt) / 1_000 };
}

/** As a run of all visits would have left the scheduler and our tables. */
async function fill(): Promise<void> {
  const db = new pg.Client({ connectionString: await databaseUrl(instance.dataDir) });
  await db.connect();
  try {
    for (let first = FIRST_ID; first < FIRST_ID + RECORDS; first += STEP) {
      await fillSome(db, first, Math.min(STEP, FIRST_ID + RECORDS - first));
    }
    await db.query('vacuum analyze migration.mappings');
    await db.query('vacuum analyze migration.ledger');
  } finally {
    await db.end();
  }
}

async function fillSome(db: pg.Client, first: number, count: number): Promise<void> {
  const records = Array.from(
    { length: count },
    (_, nth) => JSON.parse(world.visits.json(first + nth) ?? '{}') as NomisVisit,
  );
  const bodies = await Promise.all(records.map((record) => transformVisit(record, tools)));
  // Another service changed one of them.
  for (const [nth, body] of bodies.entries()) if (first + nth === CHANGED) body.prisonId = 'ZZZ';
  const references = await instance.simulator<(string | null)[]>('/vsip/control/visits', 'POST', bodies);
  const hashes = await Promise.all(
    records.map(async (record) => hashFields(await compareVisits.ofSource(record, tools))),
  );
  const keys = records.map(({ visitId }) => String(visitId));
  await db.query(
    `with rows as (select * from unnest($1::text[], $2::text[], $3::text[]) as r (key, reference, hash)),
     ledger as (
       insert into migration.ledger (migration_type, nomis_key, state, target_id, is_round_used, source_hash)
       select 'VISITS', key, 'MAPPED', reference, true, decode(hash, 'hex') from rows
     )
     insert into migration.mappings (migration_type, nomis_key, dps_key, label, mapping_type)
     select 'VISITS', key, reference, 'filled', 'MIGRATED' from rows`,
    [keys, references, hashes],
  );
}

async function forgetMapping(id: number): Promise<void> {
  const mapping = await instance.call<{ vsipId: string }>('GET', `/mapping/visits/nomisId/${id}`);
  const db = new pg.Client({ connectionString: await databaseUrl(instance.dataDir) });
  await db.connect();
  await db.query(`delete from migration.mappings where migration_type = 'VISITS' and dps_key = $1`, [
    mapping.vsipId,
  ]);
  await db.end();
}
