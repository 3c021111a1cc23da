import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { createLogger } from '#platform/telemetry';
import { createTemporaryFolder, waitUntil } from '../../../../test/harness/index.ts';
import { openDatabase } from '../database.ts';
import { backupEmbedded, restoreEmbedded } from './backup.ts';
import { startEmbeddedServer } from './embedded-server.ts';

const folder = await createTemporaryFolder();
const dataDir = join(folder.path, 'data');
const log = createLogger({ level: 'silent', name: 'test' });
const server = await startEmbeddedServer({ dataDir, port: 0, osUser: 'nobody', log });
after(async () => {
  await server.stop();
  await folder[Symbol.asyncDispose]();
});

function connect(url: string) {
  return openDatabase({ url, maxConnections: 4, applicationName: 'test' });
}

test('a backup taken under load holds everything acknowledged before it and no half transaction', async () => {
  await using db = connect(server.url);
  await db.pool.query('create table entries (batch integer, side text)');
  let acknowledged = 0;
  let isOver = false;
  const writing = (async () => {
    for (let batch = 1; !isOver; batch++) {
      await db.pool.query("insert into entries select $1, s from unnest(array['debit', 'credit']) s", [
        batch,
      ]);
      acknowledged = batch;
    }
  })();
  await waitUntil('some batches are written', () => acknowledged > 100);
  const before = acknowledged;
  const target = join(folder.path, 'backups', 'first.tar.gz');
  await backupEmbedded({ url: server.url, dataDir, target });
  isOver = true;
  await writing;
  assert.equal((await stat(target)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(join(folder.path, 'backups')), ['first.tar.gz']);
  assert.ok(acknowledged > before, 'writers went on during the backup');

  const restoredDir = join(folder.path, 'restored');
  await restoreEmbedded({ source: target, dataDir: restoredDir });
  await using restored = await startEmbeddedServer({ dataDir: restoredDir, port: 0, osUser: 'nobody', log });
  await using copy = connect(restored.url);
  const { rows } = await copy.pool.query(
    'select max(batch) as last, count(*)::int as n, count(distinct batch)::int as batches from entries',
  );
  assert.ok(rows[0].last >= before, `${rows[0].last} of ${before}`);
  assert.equal(rows[0].batches, rows[0].last);
  assert.equal(rows[0].n, 2 * rows[0].last);
  // The copy is a server of its own: it can be written, restarted and has its own password.
  await copy.pool.query("insert into entries values (0, 'new')");
  await restored.restart();
  assert.equal((await copy.pool.query('select 1 from entries where batch = 0')).rowCount, 1);
  assert.notEqual(new URL(restored.url).password, new URL(server.url).password);
});

test('an uncompressed backup is an archive that tar reads, and its slot is gone afterwards', async () => {
  const target = join(folder.path, 'plain.tar');
  await backupEmbedded({ url: server.url, dataDir, target });
  const { stdout } = await promisify(execFile)('tar', ['-tf', target]);
  const names = stdout.split('\n');
  for (const name of ['PG_VERSION', 'global/pg_control', 'backup_label', 'pg_wal'])
    assert.ok(names.includes(name), name);
  assert.ok(!names.includes('postmaster.pid'));
  await using db = connect(server.url);
  await waitUntil('the slot is gone', async () => {
    return (await db.pool.query('select 1 from pg_replication_slots')).rowCount === 0;
  });
});

test('a failing backup leaves no file behind', async () => {
  const elsewhere = join(folder.path, 'elsewhere');
  await mkdir(join(elsewhere, 'postgres'), { recursive: true });
  const target = join(folder.path, 'wrong.tar.gz');
  await assert.rejects(
    backupEmbedded({ url: server.url, dataDir: elsewhere, target }),
    /only that folder can be backed up/,
  );
  assert.ok(!(await readdir(folder.path)).some((name) => name.startsWith('wrong')));
});

test('a backup is never restored over data or while the folder is in use', async () => {
  const source = join(folder.path, 'plain.tar');
  await assert.rejects(restoreEmbedded({ source, dataDir }), /is in use by process/);
  const elsewhere = join(folder.path, 'elsewhere');
  await assert.rejects(
    restoreEmbedded({ source, dataDir: elsewhere }),
    /exists already\. Move it away first/,
  );
});

test('damaged archives are refused and leave nothing behind', async () => {
  const dir = join(folder.path, 'from-damaged');
  const cut = join(folder.path, 'cut.tar');
  await writeFile(cut, await readFile(join(folder.path, 'plain.tar')));
  await truncate(cut, 5_000_000);
  await assert.rejects(restoreEmbedded({ source: cut, dataDir: dir }), /ends too early/);
  const text = join(folder.path, 'text.tar');
  await writeFile(text, 'not an archive'.repeat(1000));
  await assert.rejects(restoreEmbedded({ source: text, dataDir: dir }), /damaged/);
  await assert.rejects(restoreEmbedded({ source: join(folder.path, 'none.tar'), dataDir: dir }), /ENOENT/);
  assert.ok(!(await readdir(dir)).some((name) => name.includes('postgres')));
});
