import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, chown, mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLogger } from '#platform/telemetry';
import { createTemporaryFolder, spawnEmbeddedOwner } from '../../../../test/harness/index.ts';
import { completeLibraryLinks } from './binaries.ts';
import { startEmbeddedServer } from './embedded-server.ts';
import { chooseRunAs, findOwner } from './run-as.ts';

const folder = await createTemporaryFolder();
after(() => folder[Symbol.asyncDispose]());
const log = createLogger({ level: 'silent', name: 'test' });
const needsRoot = { skip: process.getuid?.() !== 0 && 'only root can run PostgreSQL as another user' };
const needsLinuxRoot = { skip: needsRoot.skip || (process.platform !== 'linux' && 'needs capabilities') };
const NOBODY = 65_534;

async function statusField(pid: number, name: string): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(text)?.[1];
}

async function createClosedFolder(name: string): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(path, { mode: 0o700 });
  return path;
}

/** Enough of an installation for an access check. */
async function createProgram(parent: string) {
  const program = join(parent, 'native');
  await mkdir(join(program, 'bin'), { recursive: true });
  await mkdir(join(program, 'share', 'postgresql'), { recursive: true });
  await writeFile(join(program, 'share', 'postgresql', 'postgres.bki'), '');
  await writeFile(join(program, 'bin', 'postgres'), '#!/bin/sh\necho postgres\n', { mode: 0o755 });
  return {
    folder: program,
    initdb: join(program, 'bin', 'initdb'),
    postgres: join(program, 'bin', 'postgres'),
  };
}

async function createOpenTarget(name: string): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(path);
  await chown(path, NOBODY, NOBODY);
  return path;
}

test('as root the server runs as the named user without any capability', needsLinuxRoot, async () => {
  const dataDir = join(folder.path, 'open');
  await using server = await startEmbeddedServer({ dataDir, port: 0, osUser: 'nobody', log });
  assert.equal(await statusField(server.pid, 'Uid'), String(NOBODY));
  assert.match((await statusField(server.pid, 'CapEff')) ?? '', /^0+$/);
  await server.stop();

  // Another user the next day: the cluster changes hands.
  await using second = await startEmbeddedServer({ dataDir, port: 0, osUser: 'daemon', log });
  const { uid } = await stat(join(dataDir, 'postgres', 'base'));
  assert.equal(await statusField(second.pid, 'Uid'), String(uid));
  assert.notEqual(uid, NOBODY);
});

test('a data folder below a closed folder is reached with leave to read only', needsLinuxRoot, async () => {
  const dataDir = join(await createClosedFolder('closed'), 'data');
  await using server = await startEmbeddedServer({ dataDir, port: 0, osUser: 'nobody', log });
  assert.equal(await statusField(server.pid, 'Uid'), String(NOBODY));
  assert.equal(Number.parseInt((await statusField(server.pid, 'CapEff')) ?? '', 16), 1 << 2);
});

test('without leave to read everything, as in containers, leave to write does', needsLinuxRoot, async () => {
  const dataDir = join(folder.path, 'closed', 'data');
  const owner = spawnEmbeddedOwner(dataDir, { wrapper: ['setpriv', '--bounding-set=-dac_read_search'] });
  const { pid, error } = await owner.facts;
  assert.equal(error, undefined);
  assert.equal(Number.parseInt((await statusField(pid, 'CapEff')) ?? '', 16), 1 << 1);
  const exited = once(owner.child, 'exit');
  owner.child.stdin?.end();
  await exited;
});

test('a program below a closed folder is reached too', needsLinuxRoot, async () => {
  const binaries = await createProgram(await createClosedFolder('closed-program'));
  const owner = await findOwner('nobody');
  const target = await createOpenTarget('target');
  const runAs = await chooseRunAs({ owner, osUser: 'nobody', binaries, folder: target });
  assert.ok(runAs.prefix.includes('setpriv'));
});

test('when nothing helps the closed folder and the remedy are named', needsLinuxRoot, async () => {
  const closed = await createClosedFolder('sealed');
  const binaries = await createProgram(closed);
  const owner = await findOwner('nobody');
  const target = await createOpenTarget('target-2');
  const path = process.env.PATH;
  process.env.PATH = '/nonexistent';
  try {
    await assert.rejects(
      chooseRunAs({ owner, osUser: 'nobody', binaries, folder: target }),
      new RegExp(`user "nobody" .* cannot enter ${closed}\\. Allow it with "chmod o\\+x ${closed}"`),
    );
  } finally {
    process.env.PATH = path;
  }
});

test('a program that cannot run at all is reported with what it said', needsLinuxRoot, async () => {
  const open = join(folder.path, 'open-program');
  await mkdir(open);
  const binaries = await createProgram(open);
  await writeFile(binaries.postgres, '#!/bin/sh\necho "libpq.so.5: no such file" >&2\nexit 127\n');
  const owner = await findOwner('nobody');
  const target = await createOpenTarget('target-3');
  await assert.rejects(
    chooseRunAs({ owner, osUser: 'nobody', binaries, folder: target }),
    /cannot be run as the user "nobody" .*: libpq\.so\.5: no such file/,
  );
});

test('unknown users and root itself are refused as the user of the server', needsRoot, async () => {
  await assert.rejects(findOwner('no-such-user'), /no user "no-such-user"/);
  await assert.rejects(findOwner('root'), /refuses to run as root/);
});

test('an ordinary user runs the server as itself', needsLinuxRoot, async () => {
  const home = await createOpenTarget('home');
  await chmod(home, 0o700);
  const owner = spawnEmbeddedOwner(join(home, 'data'), { uid: NOBODY, gid: NOBODY });
  const { pid, error } = await owner.facts;
  assert.equal(error, undefined);
  assert.equal(await statusField(pid, 'Uid'), String(NOBODY));

  // The folder is in use, and root can tell as well.
  await assert.rejects(
    startEmbeddedServer({ dataDir: join(home, 'data'), port: 0, osUser: 'nobody', log }),
    new RegExp(`in use by process ${owner.child.pid}`),
  );
  await owner.kill();
  await using server = await startEmbeddedServer({
    dataDir: join(home, 'data'),
    port: 0,
    osUser: 'nobody',
    log,
  });
  assert.notEqual(server.pid, pid);
  await server.stop();

  const asDaemon = await startEmbeddedServer({ dataDir: join(home, 'data'), port: 0, osUser: 'daemon', log });
  await asDaemon.stop();
  const second = spawnEmbeddedOwner(join(home, 'data'), { uid: NOBODY, gid: NOBODY });
  const refusal = await second.facts;
  assert.match(
    refusal.error ?? '',
    /postgres belongs to the user with id \d+, but this process runs as 65534/,
  );
});

test('an ordinary user is told about a data folder it may not write', needsLinuxRoot, async () => {
  const foreign = join(folder.path, 'foreign');
  await mkdir(foreign, { mode: 0o755 });
  const owner = spawnEmbeddedOwner(foreign, { uid: NOBODY, gid: NOBODY });
  const { error } = await owner.facts;
  assert.match(error ?? '', new RegExp(`The data folder ${foreign} cannot be written`));
});

test('library links that an install script should have made are completed', async () => {
  const native = join(folder.path, 'package', 'native');
  await mkdir(join(native, 'lib'), { recursive: true });
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links));
  await Promise.all([completeLibraryLinks(native), completeLibraryLinks(native)]);
  assert.equal(await readlink(join(native, 'lib', 'libpq.so.5')), 'libpq.so.5.18');
});
