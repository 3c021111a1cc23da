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
import { percentile, reportResult, withBenchServer } from './support.ts';

const MANY = Number(process.argv[2] ?? 10_000_000);
const FEW = 10_000;
const MEASURED = 20_000;
const BATCH = 100;
const TYPE = 'VISITS';
const FILL_STEP = 1_000_000;
/** Far more than ten million rows take here. Whatever is slower ends the program with a fault instead of going on. */
const STATEMENT_LIMIT = '10min';

await withBenchServer(async (url) => {
  await using db = openDatabase({ url, maxConnections: 4, applicationName: 'bench' });
  await migrate(db, [
    { name: 'migration', directory: new URL('../src/modules/migration/migrations/', import.meta.url) },
  ]);
  const figures: Record<string, number> = {};
  const medians: number[] = [];
  let there = 0;
  let next = 1_000_000_000;
  for (const size of [FEW, MANY]) {
    const fillingAt = performance.now();
    await fill(there, size);
    figures[`fillSecondsAt${size}`] = Math.round((performance.now() - fillingAt) / 1_000);
    there = size;
    await moveAll(next, 2_000);
    next += 2_000;
    const walBefore = await walPosition();
    const batches = (await moveAll(next, MEASURED)).sort((a, b) => a - b);
    next += MEASURED;
    // Pages that are touched for the first time since the checkpoint go to the log whole: 8 kB each.
    figures[`walBytesPerRecordAt${size}`] = Math.round(((await walPosition()) - walBefore) / MEASURED);
    const perRecord = (ms: number) => Math.round((ms / BATCH) * 1_000);
    medians.push(perRecord(percentile(batches, 0.5)));
    figures[`microsecondsPerRecordAt${size}`] = perRecord(percentile(batches, 0.5));
    figures[`slowestTenthAt${size}`] = perRecord(percentile(batches, 0.9));
  }
  const [few = 0, many = 0] = medians;
  const ratio = Math.round((many / few) * 100) / 100;
  await reportResult('migration-tables', { records: MEASURED, batch: BATCH, ...figures, ratio });
  judge([
    {
      what: 'the cost of a record does not grow with the tables',
      isMet: ratio <= 1.5,
      figure: `${ratio} times`,
    },
  ]);

  async function walPosition(): Promise<number> {
    const { rows } = await db.pool.query<{ bytes: string }>(
      "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes",
    );
    return Number(rows[0]?.bytes);
  }

  /** Settled records and their mappings. Many of them get their indexes afterwards, which a sort makes far sooner. */
  async function fill(from: number, to: number): Promise<void> {
    const isMany = to - from > FILL_STEP / 10;
    for (const table of ['migration.ledger', 'migration.mappings']) {
      const makeIndexes = isMany ? await dropIndexes(table) : [];
      for (let first = from + 1; first <= to; first += FILL_STEP) {
        const last = Math.min(to, first + FILL_STEP - 1);
        await act(
          table === 'migration.ledger'
            ? `insert into migration.ledger (migration_type, nomis_key, state, target_id, is_round_used)
               select '${TYPE}', i::text, 'MAPPED', md5(i::text), true from generate_series(${first}, ${last}) i`
            : `insert into migration.mappings (migration_type, nomis_key, dps_key, label, mapping_type)
               select '${TYPE}', i::text, md5(i::text), 'before', 'MIGRATED' from generate_series(${first}, ${last}) i`,
        );
        if (isMany) console.log(`${table}: ${last} rows`);
      }
      for (const statement of makeIndexes) await act(statement);
      await act(`vacuum analyze ${table}`);
    }
    await act('checkpoint');
  }

  /** Returns what makes them again, from the database's own words. */
  async function dropIndexes(table: string): Promise<string[]> {
    const { rows: constraints } = await db.pool.query<{ name: string; definition: string }>(
      `select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
       where conrelid = $1::regclass and contype in ('p', 'u')`,
      [table],
    );
    const { rows: indexes } = await db.pool.query<{ name: string; definition: string }>(
      `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
       where indrelid = $1::regclass
         and indexrelid not in (select conindid from pg_constraint where conrelid = $1::regclass)`,
      [table],
    );
    for (const { name } of constraints) await act(`alter table ${table} drop constraint ${name}`);
    for (const { name } of indexes) await act(`drop index ${name}`);
    return [
      ...constraints.map(
        ({ name, definition }) => `alter table ${table} add constraint ${name} ${definition}`,
      ),
      ...indexes.map(({ definition }) => definition),
    ];
  }

  /** On a connection of its own, because a vacuum may not be part of a transaction with the settings. */
  async function act(statement: string): Promise<void> {
    const client = await db.pool.connect();
    try {
      await client.query(`set statement_timeout = '${STATEMENT_LIMIT}'`);
      await client.query("set maintenance_work_mem = '512MB'");
      await client.query(statement);
    } finally {
      await client.query('reset all');
      client.release();
    }
  }

  /** Milliseconds of each batch. */
  async function moveAll(first: number, count: number): Promise<number[]> {
    const taken: number[] = [];
    for (let start = first; start < first + count; start += BATCH) {
      const startedAt = performance.now();
      await moveBatch(start);
      taken.push(performance.now() - startedAt);
    }
    return taken;
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
