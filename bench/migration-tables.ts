// What the database does for one record of a bulk run (claim, POSTING, CREATED with its mapping, settle), with few and
// with many mappings there. Usage: migration-tables.ts [many]
import { randomUUID } from 'node:crypto';
import { migrate, openDatabase } from '#platform/db';
import {
  claimKeys,
  markCreated,
  markPosting,
  settleKeys,
} from '../src/modules/migration/ledger/ledger-queries.ts';
import { judge } from './migration-instance.ts';
import { reportResult, withBenchServer } from './support.ts';

const MANY = Number(process.argv[2] ?? 10_000_000);
const FEW = 10_000;
const MEASURED = 20_000;
const BATCH = 100;
const TYPE = 'VISITS';

await withBenchServer(async (url) => {
  await using db = openDatabase({ url, maxConnections: 4, applicationName: 'bench' });
  await migrate(db, [
    { name: 'migration', directory: new URL('../src/modules/migration/migrations/', import.meta.url) },
  ]);
  const figures: Record<string, number> = {};
  let there = 0;
  let next = 1_000_000_000;
  for (const size of [FEW, MANY]) {
    await fill(there, size);
    there = size;
    await moveAll(next, 2_000);
    next += 2_000;
    const startedAt = performance.now();
    await moveAll(next, MEASURED);
    next += MEASURED;
    figures[`microsecondsPerRecordAt${size}`] = Math.round(
      ((performance.now() - startedAt) / MEASURED) * 1_000,
    );
  }
  const [few = 0, many = 0] = Object.values(figures);
  const ratio = Math.round((many / few) * 100) / 100;
  await reportResult('migration-tables', { records: MEASURED, batch: BATCH, ...figures, ratio });
  judge([
    {
      what: 'the cost of a record does not grow with the tables',
      isMet: ratio <= 1.5,
      figure: `${ratio} times`,
    },
  ]);

  async function fill(from: number, to: number): Promise<void> {
    await db.pool.query(
      `insert into migration.ledger (migration_type, nomis_key, state, target_id, is_round_used)
       select $1, i::text, 'MAPPED', md5(i::text), true from generate_series($2::bigint + 1, $3::bigint) i`,
      [TYPE, from, to],
    );
    await db.pool.query(
      `insert into migration.mappings (migration_type, nomis_key, dps_key, label, mapping_type)
       select $1, i::text, md5(i::text), 'before', 'MIGRATED' from generate_series($2::bigint + 1, $3::bigint) i`,
      [TYPE, from, to],
    );
    await db.pool.query('vacuum analyze migration.ledger');
    await db.pool.query('vacuum analyze migration.mappings');
    await db.pool.query('checkpoint');
  }

  async function moveAll(first: number, count: number): Promise<void> {
    for (let start = first; start < first + count; start += BATCH) await moveBatch(start);
  }

  async function moveBatch(start: number): Promise<void> {
    const records = Array.from({ length: BATCH }, (_, index) => ({
      type: TYPE,
      key: String(start + index),
      owner: randomUUID(),
    }));
    const handle = db.kysely;
    await claimKeys(
      handle,
      TYPE,
      records.map(({ key, owner }) => ({ key, owner, migrationId: 'bench' })),
      300,
    );
    await markPosting(
      handle,
      records.map((record) => ({ ...record, sourceHash: '0123456789abcdef' })),
    );
    await markCreated(
      handle,
      records.map((record) => ({
        ...record,
        targetId: randomUUID(),
        mapping: { label: 'bench', mappingType: 'MIGRATED', extra: null },
      })),
    );
    await settleKeys(
      handle,
      records.map((record) => ({ ...record, state: 'MAPPED' as const })),
    );
  }
});
