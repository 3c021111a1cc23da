import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTemporaryFolder, waitUntil } from '../../../../test/harness/index.ts';
import { type MigrationApp, openMigration } from '../testing/migration-app.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'main.ts');
const VISITS = 150;
/** Creates of which the worker never hears, because it is killed the moment the scheduler has made the visit. */
const KILLED_AT = [40, 90];
const SETTINGS = {
  VISITS_PAGE_SIZE: '30',
  MIGRATION_BATCH_SIZE: '20',
  MIGRATION_PATIENCE_SECONDS: '1',
  // One counted loss of a worker would make a dead letter.
  MIGRATION_QUEUE_MAX_RECEIVES: '1',
  // Longer than a request of a killed process can take to arrive on this machine.
  MIGRATION_CONCLUSIVE_SECONDS: '3',
};

function startWorker({ app, fake }: MigrationApp, dataDir: string): ChildProcess {
  const env = {
    ...fake.environment,
    ...SETTINGS,
    DATABASE_URL: app.database.url,
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_LOG_LEVEL: 'silent',
    SIGNALBOX_SIMULATORS: 'off',
  };
  return spawn(process.execPath, [MAIN, 'worker'], { env, stdio: 'ignore' });
}

/** A worker is given up for lost once its heartbeat is old; here it is made old, so that nobody waits for it. */
async function ageHeartbeats({ app }: MigrationApp): Promise<void> {
  await app.app.stores[0].db.pool.query(
    "update pgboss.job set heartbeat_on = heartbeat_on - interval '1 minute' where state = 'active'",
  );
}

test('kill -9 of workers in the midst of creates loses no visit and makes none twice', async () => {
  await using folder = await createTemporaryFolder();
  await using opened = await openMigration(SETTINGS);
  const { fake } = opened;
  fake.visitCount = VISITS;
  let worker: ChildProcess | undefined;
  // Whatever goes wrong, no worker outlives the test.
  using _ = { [Symbol.dispose]: () => void worker?.kill('SIGKILL') };
  const kills = [...KILLED_AT];
  fake.faultOf = () => {
    const next = kills[0];
    // While the others of its batch are somewhere between claim and mapping.
    if (next !== undefined && fake.created.length + 1 >= next && worker?.kill('SIGKILL')) {
      kills.shift();
      return 'commit-then-hang';
    }
    return fake.created.length % 50 === 25 ? 'commit-then-reset' : undefined;
  };
  const { migrationId } = (await opened.call('POST', '/migrate/visits', {})).body;
  const history = async () => (await opened.call('GET', `/migrate/history/${migrationId}`)).body;

  for (const _create of KILLED_AT) {
    worker = startWorker(opened, folder.path);
    await once(worker, 'exit');
    assert.equal(worker.signalCode, 'SIGKILL');
    assert.notEqual((await history()).status, 'COMPLETED');
    await ageHeartbeats(opened);
  }
  worker = startWorker(opened, folder.path);
  await waitUntil(
    'the run has come to its end',
    async () => (await history()).status === 'COMPLETED',
    120_000,
  );
  worker.kill('SIGTERM');
  await once(worker, 'exit');

  const { recordsMigrated, recordsFailed } = await history();
  assert.deepEqual([recordsMigrated, recordsFailed], [VISITS, 0]);
  const made = fake.created.map(({ body }) => `${body.prisonerId} ${body.createDateTime}`);
  assert.equal(made.length, VISITS, 'nothing twice');
  assert.equal(new Set(made).size, VISITS, 'nothing lost');
  const { body: page } = await opened.call('GET', '/mapping/visits?size=1');
  assert.equal(page.totalElements, VISITS);
});
