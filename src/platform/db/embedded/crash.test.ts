import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLogger } from '#platform/telemetry';
import { createTemporaryFolder, spawnEmbeddedOwner, waitUntil } from '../../../../test/harness/index.ts';
import { openDatabase } from '../database.ts';
import { startEmbeddedServer } from './embedded-server.ts';
import { isRunning } from './processes.ts';

const folder = await createTemporaryFolder();
after(() => folder[Symbol.asyncDispose]());
const dataDir = join(folder.path, 'data');
const log = createLogger({ level: 'silent', name: 'test' });

function start(dir = dataDir) {
  return startEmbeddedServer({ dataDir: dir, port: 0, osUser: 'nobody', log });
}

function connect(url: string, maxConnections = 2) {
  return openDatabase({ url, maxConnections, applicationName: 'test' });
}

test('an owner killed during the first start leaves no half cluster', async () => {
  const dir = join(folder.path, 'interrupted');
  const owner = spawnEmbeddedOwner(dir);
  const isBuilding = async () => {
    const drafts = (await readdir(dir).catch(() => [])).filter((name) => name.startsWith('.postgres-draft-'));
    const built = await Promise.all(
      drafts.map((name) => readdir(join(dir, name, 'cluster')).catch((): string[] => [])),
    );
    return built.some((names) => names.includes('base'));
  };
  await waitUntil('initdb is writing', isBuilding);
  await owner.kill();
  assert.deepEqual(
    (await readdir(dir)).filter((name) => name === 'postgres'),
    [],
  );
  await using server = await start(dir);
  await using db = connect(server.url);
  assert.equal((await db.pool.query('select 1')).rowCount, 1);
  assert.deepEqual(
    (await readdir(dir)).filter((name) => name.startsWith('.postgres-draft-')),
    [],
  );
});

test('after kill -9 of the owner the next start ends its server and keeps every committed row', async () => {
  const owner = spawnEmbeddedOwner(dataDir);
  const orphan = await owner.facts;
  await using db = connect(orphan.url);
  await db.pool.query('create table journal (id integer)');
  await db.pool.query('insert into journal select generate_series(1, 1000)');
  await owner.kill();
  assert.ok(await isRunning(orphan.pid));

  await using server = await start();
  assert.ok(!(await isRunning(orphan.pid)));
  assert.equal(server.port, orphan.port);
  await using again = connect(server.url);
  assert.deepEqual((await again.pool.query('select count(*)::int as n from journal')).rows, [{ n: 1000 }]);
});

test('rows acknowledged before kill -9 of owner and server are there afterwards', async () => {
  const owner = spawnEmbeddedOwner(dataDir);
  const facts = await owner.facts;
  await using db = connect(facts.url);
  await db.pool.query('create table acknowledged (id integer)');
  let acknowledged = 0;
  const writing = (async () => {
    for (let id = 1; ; id++) {
      await db.pool.query('insert into acknowledged values ($1)', [id]);
      acknowledged = id;
    }
  })().catch(() => undefined);
  await waitUntil('a few hundred rows are written', () => acknowledged > 300);
  process.kill(facts.pid, 'SIGKILL');
  await owner.kill();
  await writing;

  await using server = await start();
  await using again = connect(server.url);
  const { rows } = await again.pool.query('select max(id) as last, count(*)::int as n from acknowledged');
  assert.ok(rows[0].last >= acknowledged, `${rows[0].last} of ${acknowledged}`);
  assert.equal(rows[0].n, rows[0].last);
});

test('a server killed with kill -9 restarts on its port although a backend is still busy', async () => {
  await using server = await start();
  const { port, pid } = server;
  await using db = connect(server.url);
  const busy = db.pool.query('select count(*) from generate_series(1, 2000000000) as n where n % 7 = 8').then(
    () => assert.fail('the query outlived its server'),
    (error: Error) => error,
  );
  await waitUntil('the query runs', async () => {
    const { rows } = await db.pool.query(
      "select 1 from pg_stat_activity where state = 'active' and query like '%generate_series%' and pid <> pg_backend_pid()",
    );
    return rows.length === 1;
  });
  process.kill(pid, 'SIGKILL');
  assert.deepEqual(await server.exited, { code: null, signal: 'SIGKILL' });
  await server.restart();
  assert.equal(server.port, port);
  assert.ok((await busy) instanceof Error);
  await using again = connect(server.url);
  assert.equal((await again.pool.query('select 1')).rowCount, 1);
});

test('pid files of a crashed machine whose numbers now belong to other processes are no obstacle', async () => {
  const server = await start();
  await server.stop();
  const cluster = join(dataDir, 'postgres');
  await writeFile(
    join(cluster, 'postmaster.pid'),
    `${process.pid}\n${cluster}\n1\n5432\n\n127.0.0.1\n 1 1\nready   \n`,
  );
  const [ownerFile = ''] = (await readdir(dataDir)).filter((name) => name.startsWith('owner.'));
  await writeFile(
    join(dataDir, ownerFile),
    JSON.stringify({ pid: process.pid, startMark: 'before the reboot' }),
  );
  await using again = await start();
  await using db = connect(again.url);
  assert.equal((await db.pool.query('select 1')).rowCount, 1);
});

test('an owner that ends without stopping its server takes it along', async () => {
  const owner = spawnEmbeddedOwner(dataDir);
  const { pid } = await owner.facts;
  const exited = once(owner.child, 'exit');
  owner.child.stdin?.end();
  assert.deepEqual(await exited, [0, null]);
  await waitUntil('the server has ended', async () => !(await isRunning(pid)));
});

test('Ctrl-C on the terminal does not reach the server', { skip: process.platform !== 'linux' }, async () => {
  await using server = await start();
  const groupOf = async (pid: number) => {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[2];
  };
  assert.notEqual(await groupOf(server.pid), await groupOf(process.pid));
});
