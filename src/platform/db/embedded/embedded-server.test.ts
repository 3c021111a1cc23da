import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLogger } from '#platform/telemetry';
import { createTemporaryFolder } from '../../../../test/harness/index.ts';
import { createDatabaseIfMissing } from '../create-database.ts';
import { openDatabase } from '../database.ts';
import { type EmbeddedServerOptions, readEmbeddedUrl, startEmbeddedServer } from './embedded-server.ts';

const folder = await createTemporaryFolder();
after(() => folder[Symbol.asyncDispose]());
const dataDir = join(folder.path, 'data');
const log = createLogger({ level: 'silent', name: 'test' });

function start(options: Partial<EmbeddedServerOptions> = {}) {
  return startEmbeddedServer({ dataDir, port: 0, osUser: 'nobody', log, ...options });
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  await using db = openDatabase({ url, maxConnections: 1, applicationName: 'test' });
  const { rows } = await db.pool.query(text);
  return rows;
}

test('the first start creates a durable UTF8 cluster with checksums and scram passwords', async () => {
  await using server = await start();
  const rows = await query(
    server.url,
    `select current_database() as database, current_user as superuser, current_setting('fsync') as fsync,
            current_setting('synchronous_commit') as synchronous_commit,
            current_setting('data_checksums') as data_checksums, current_setting('server_encoding') as encoding,
            current_setting('password_encryption') as passwords, current_setting('listen_addresses') as addresses,
            (select datcollate from pg_database where datname = 'signalbox') as collation`,
  );
  assert.deepEqual(rows, [
    {
      database: 'signalbox',
      superuser: 'signalbox',
      fsync: 'on',
      synchronous_commit: 'on',
      data_checksums: 'on',
      encoding: 'UTF8',
      passwords: 'scram-sha-256',
      addresses: '127.0.0.1',
      collation: 'C',
    },
  ]);
  const wrongPassword = server.url.replace(/:[^:@/]+@/, ':wrong@');
  await assert.rejects(query(wrongPassword, 'select 1'), /password authentication failed/);
  const { mode } = await stat(join(dataDir, 'secrets', 'postgres-password'));
  assert.equal(mode & 0o777, 0o600);
});

test('other databases are created on demand, racing callers included', async () => {
  await using server = await start();
  await Promise.all(Array.from({ length: 4 }, () => createDatabaseIfMissing(server.url, 'other "one"')));
  assert.deepEqual(await query(server.urlFor('other "one"'), 'select current_database() as name'), [
    { name: 'other "one"' },
  ]);
});

test('the same port and the data come back after a stop', async () => {
  const first = await start();
  await query(first.url, 'create table kept as select 42 as answer');
  const { port } = first;
  await Promise.all([first.stop(), first.stop()]);
  await using second = await start();
  assert.equal(second.port, port);
  assert.deepEqual(await query(second.url, 'select answer from kept'), [{ answer: 42 }]);
});

test('a port that somebody else took is given up for another, which is kept', async () => {
  const first = await start();
  const { port } = first;
  await first.stop();
  const intruder = createServer().listen(port, '127.0.0.1');
  await once(intruder, 'listening');
  try {
    const second = await start();
    assert.notEqual(second.port, port);
    await second.stop();
    assert.equal(Number(await readFile(join(dataDir, 'postgres-port'), 'utf8')), second.port);
    await assert.rejects(start({ port }), new RegExp(`Port ${port} .* is taken by another program`));
  } finally {
    intruder.close();
  }
});

test('a second start on the same folder is refused, naming process and folder', async () => {
  await using server = await start();
  await assert.rejects(start(), (error: Error) => {
    assert.match(error.message, new RegExp(`${dataDir} is in use by process ${process.pid}`));
    return true;
  });
  assert.deepEqual(await query(server.url, 'select 1 as alive'), [{ alive: 1 }]);
});

test('of many simultaneous starts exactly one succeeds', async () => {
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => start()));
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  assert.equal(started.length, 1);
  await started[0]?.stop();
});

test('other processes find the address of a running server only', async () => {
  const server = await start();
  assert.equal(await readEmbeddedUrl(dataDir), server.url);
  await server.stop();
  assert.equal(await readEmbeddedUrl(dataDir), undefined);
  assert.equal(await readEmbeddedUrl(join(folder.path, 'nowhere')), undefined);
});

test('restart keeps address and data and makes a new server process', async () => {
  await using server = await start();
  const { pid, url } = server;
  await Promise.all([server.restart(), server.restart()]);
  assert.notEqual(server.pid, pid);
  assert.equal(server.url, url);
  assert.deepEqual(await query(url, 'select answer from kept'), [{ answer: 42 }]);
  await server.stop();
  await assert.rejects(server.restart(), /was stopped/);
});

test('a server that cannot start says why with the end of its log, and lets go of the folder', async () => {
  await assert.rejects(start({ settings: { shared_buffers: 'plenty' } }), (error: Error) => {
    assert.match(
      error.message,
      /^PostgreSQL could not start in .*invalid value for parameter "shared_buffers"/,
    );
    assert.match(error.message, /Last lines of .*postgres\.log:\n {2}.*plenty/);
    return true;
  });
  await using server = await start({ settings: { work_mem: '5MB' } });
  assert.deepEqual(await query(server.url, 'show work_mem'), [{ work_mem: '5MB' }]);
});

test('a folder with foreign files in place of a cluster is left alone', async () => {
  const foreign = join(folder.path, 'foreign');
  await mkdir(join(foreign, 'postgres', 'base'), { recursive: true });
  await assert.rejects(start({ dataDir: foreign }), /holds files but no PostgreSQL cluster/);
  assert.ok((await readdir(join(foreign, 'postgres'))).includes('base'));
});

test('a lost password is replaced and a wrong one is explained', async () => {
  const file = join(dataDir, 'secrets', 'postgres-password');
  const lost = await readFile(file, 'utf8');
  await rm(file);
  const server = await start();
  assert.deepEqual(await query(server.url, 'select answer from kept'), [{ answer: 42 }]);
  await server.stop();
  const found = await readFile(file, 'utf8');
  assert.notEqual(found, lost);

  await writeFile(file, lost);
  await assert.rejects(start(), /postgres-password is not the one of .*Remove that file and start again/s);
  await writeFile(file, found);
});

test('nothing of a failing statement reaches the log on disk', async () => {
  await using server = await start();
  await query(server.url, 'create table people (phone text primary key)');
  const insert = "insert into people values ('07700900123')";
  await query(server.url, insert);
  await assert.rejects(query(server.url, insert), /duplicate key/);
  await server.stop();
  assert.doesNotMatch(
    await readFile(join(dataDir, 'log', 'postgres.log'), 'utf8'),
    /07700900123|insert into/,
  );
});
