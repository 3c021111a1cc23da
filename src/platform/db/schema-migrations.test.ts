import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createTemporaryFolder, createTestDatabase } from '../../../test/harness/index.ts';
import { migrate } from './schema-migrations.ts';

const folder = await createTemporaryFolder();
after(() => folder[Symbol.asyncDispose]());

const FILES = {
  '0001-init.sql': 'create schema shop;\ncreate table shop.items (id integer primary key);\n',
  '0002-add-name.sql': "alter table shop.items add name text not null default '';\n",
};

async function createSet(name: string, files: Record<string, string> = FILES) {
  const directory = join(folder.path, name);
  await mkdir(directory);
  for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
  return { name: 'shop', directory: pathToFileURL(directory), path: directory };
}

test('schema migrations run once, in order, and are told and recorded', async () => {
  await using database = await createTestDatabase();
  const set = await createSet('plain');
  const lines: unknown[] = [];
  const log = { info: (fields: object, message: string) => lines.push([fields, message]) };
  const applied = await migrate(database.db, [set], log);
  assert.deepEqual(applied, [
    { set: 'shop', version: 1, name: 'init' },
    { set: 'shop', version: 2, name: 'add-name' },
  ]);
  assert.deepEqual(lines[0], [{ set: 'shop', version: 1, name: 'init' }, 'schema migration applied']);
  assert.deepEqual(await migrate(database.db, [set]), []);
  const { rows } = await database.db.pool.query(
    'select set_name, version, name, applied_at <= now() as is_past from platform.schema_migrations order by version',
  );
  assert.deepEqual(rows, [
    { set_name: 'shop', version: 1, name: 'init', is_past: true },
    { set_name: 'shop', version: 2, name: 'add-name', is_past: true },
  ]);
});

test('a version added later is applied to older data', async () => {
  await using database = await createTestDatabase();
  const set = await createSet('growing', { '0001-init.sql': FILES['0001-init.sql'] });
  await migrate(database.db, [set]);
  await database.db.pool.query('insert into shop.items values (1)');
  await writeFile(join(set.path, '0002-add-name.sql'), FILES['0002-add-name.sql']);
  assert.equal((await migrate(database.db, [set])).length, 1);
  const { rows } = await database.db.pool.query('select id, name from shop.items');
  assert.deepEqual(rows, [{ id: 1, name: '' }]);
});

test('four processes racing on an empty database apply each version once', async () => {
  await using database = await createTestDatabase();
  const set = await createSet('raced', {
    ...FILES,
    '0003-slow.sql': 'select pg_sleep(0.05);\ncreate table shop.slow (id integer);\n',
    '0004-rows.sql': 'insert into shop.slow values (1);\n',
  });
  const script = `
    import { migrate, openDatabase } from ${JSON.stringify(import.meta.resolve('./index.ts'))};
    await using db = openDatabase({ url: process.env.URL, maxConnections: 2, applicationName: 'racer' });
    const applied = await migrate(db, [{ name: 'shop', directory: new URL(process.env.DIRECTORY) }]);
    process.stdout.write(JSON.stringify(applied.map(({ version }) => version)));`;
  const runs = Array.from({ length: 4 }, () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, URL: database.url, DIRECTORY: set.directory.href },
    }),
  );
  const applied = (await Promise.all(runs)).flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
  assert.deepEqual(applied.sort(), [1, 2, 3, 4]);
  const { rows } = await database.db.pool.query('select id from shop.slow');
  assert.deepEqual(rows, [{ id: 1 }]);
});

test('a failing file changes nothing, names its line, and runs again once mended', async () => {
  await using database = await createTestDatabase();
  const set = await createSet('failing', {
    ...FILES,
    '0003-bad.sql':
      'create table shop.half (id integer);\n\nalter table shop.nothing add x integer;\nselect wrong;\n',
  });
  await assert.rejects(
    migrate(database.db, [set]),
    /0003-bad\.sql.* failed: relation "shop.nothing" does not exist/,
  );
  const { rows } = await database.db.pool.query(
    "select to_regclass('shop.half') as half, max(version) as version from platform.schema_migrations",
  );
  assert.deepEqual(rows, [{ half: null, version: 2 }]);
  await writeFile(join(set.path, '0003-bad.sql'), 'create table shop.half (\n  id integer,\n  oops\n);\n');
  await assert.rejects(migrate(database.db, [set]), /0003-bad\.sql:4 failed: syntax error/);
  await writeFile(join(set.path, '0003-bad.sql'), 'create table shop.half (id integer);\n');
  assert.equal((await migrate(database.db, [set])).length, 1);
});

test('a database newer than the code is refused', async () => {
  await using database = await createTestDatabase();
  const set = await createSet('newer');
  await migrate(database.db, [set]);
  await rm(join(set.path, '0002-add-name.sql'));
  await assert.rejects(
    migrate(database.db, [set]),
    /database is newer than this program: schema migration 2 \(add-name\) of "shop"/,
  );
});

test('an older program starts on a newer database while every newer migration says that it may', async () => {
  await using database = await createTestDatabase();
  const newer = await createSet('expanding', {
    ...FILES,
    '0003-add-colour.sql':
      "-- works with programs since 0002\nalter table shop.items add colour text default '';\n",
    '0004-drop-name.sql': '-- works with programs since 0003\nalter table shop.items drop name;\n',
  });
  const programOf = async (version: number) => {
    const names = ['0001-init.sql', '0002-add-name.sql', '0003-add-colour.sql', '0004-drop-name.sql'];
    const set = await createSet(`program-${version}`, {});
    for (const name of names.slice(0, version)) await cp(join(newer.path, name), join(set.path, name));
    return set;
  };
  const [first, second, third] = [await programOf(1), await programOf(2), await programOf(3)];
  await migrate(database.db, [third]);
  assert.deepEqual(await migrate(database.db, [second]), []);
  await assert.rejects(migrate(database.db, [first]), /schema migration 2 \(add-name\)/);

  await migrate(database.db, [newer]);
  assert.deepEqual(await migrate(database.db, [third]), []);
  // The column is gone that a program of the second migration still writes.
  await assert.rejects(migrate(database.db, [second]), /schema migration 4 \(drop-name\)/);

  // Recorded by a program of before, which did not say.
  await database.db.pool.query('alter table platform.schema_migrations drop oldest_program');
  await assert.rejects(migrate(database.db, [third]), /schema migration 4/);
  assert.deepEqual(await migrate(database.db, [newer]), []);
});

test('a migration that names no earlier one to work with is refused', async () => {
  await using database = await createTestDatabase();
  for (const line of [
    '-- works with programs since 0002',
    '-- works with all',
    '--works with programs since 1',
  ]) {
    const set = await createSet(`wrong-${line.replaceAll(/\W/g, '')}`, {
      ...FILES,
      '0002-add-name.sql': `${line}\nselect 1;\n`,
    });
    await assert.rejects(migrate(database.db, [set]), /0002-add-name\.sql must begin/);
  }
});

test('an edited released file is refused, other line ends are not', async () => {
  await using database = await createTestDatabase();
  const set = await createSet('edited');
  await migrate(database.db, [set]);
  const file = join(set.path, '0001-init.sql');
  await writeFile(file, FILES['0001-init.sql'].replaceAll('\n', '\r\n'));
  assert.deepEqual(await migrate(database.db, [set]), []);
  await writeFile(file, `${FILES['0001-init.sql']}-- harmless\n`);
  await assert.rejects(migrate(database.db, [set]), /0001-init\.sql was changed after it had been applied/);
});

test('misnamed and misnumbered files are refused before anything runs', async () => {
  await using database = await createTestDatabase();
  const set = await createSet('misnamed');
  await cp(join(set.path, '0002-add-name.sql'), join(set.path, '0002-twice.sql'));
  await assert.rejects(migrate(database.db, [set]), /number .*0002-twice\.sql as 0003/);
  await rename(join(set.path, '0002-twice.sql'), join(set.path, 'Third.sql'));
  await assert.rejects(migrate(database.db, [set]), /Third\.sql must be named NNNN-name\.sql/);
  const { rows } = await database.db.pool.query("select to_regnamespace('shop') as shop");
  assert.deepEqual(rows, [{ shop: null }]);
});
