// An online base backup, as pg_basebackup makes it: files are copied while the server goes on writing them, and the log
// written meanwhile is copied after them. Starting the copy replays that log, which repairs what was torn.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { PoolClient } from 'pg';
import { openDatabase } from '../database.ts';
import { findServerFolder, keepLog, startBackup, stopBackup } from './backup-queries.ts';
import { createDataFolder, createDraft, dataFolder, installCluster, removeDrafts } from './data-folder.ts';
import { acquireOwnerLock } from './owner-lock.ts';
import { readTar, tarEnd, tarHeader, tarPadding } from './tar.ts';

// Contents that belong to the running server and would only mislead the copy. The log is taken separately.
const EMPTY_FOLDERS = new Set([
  'pg_wal',
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const LEFT_OUT =
  /(^|\/)(postmaster\.(pid|opts)|backup_label(\.old)?|tablespace_map(\.old)?|pg_internal\.init\.?\d*|pgsql_tmp[^/]*)$/;

/** Copies the running embedded cluster into one archive, compressed when the name ends in .gz or .tgz. */
export async function backupEmbedded(options: {
  url: string;
  dataDir: string;
  target: string;
}): Promise<void> {
  const cluster = dataFolder(await realpath(options.dataDir)).cluster;
  const target = resolve(options.target);
  const draft = `${target}.partial`;
  await using db = openDatabase({ url: options.url, maxConnections: 1, applicationName: 'signalbox backup' });
  const client = await db.pool.connect();
  try {
    const serverFolder = await findServerFolder(client);
    if (serverFolder !== cluster) {
      throw new Error(
        `The database runs on ${serverFolder}, not on ${cluster}: only that folder can be backed up.`,
      );
    }
    await mkdir(dirname(target), { recursive: true });
    await pipeline(
      Readable.from(archiveCluster(client, cluster)),
      isCompressed(target) ? createGzip({ level: 1 }) : new PassThrough(),
      createWriteStream(draft, { mode: 0o600, flush: true }),
    );
    await rename(draft, target);
  } finally {
    // Closing the session ends the backup mode and the slot, whatever happened above.
    client.release(true);
    await rm(draft, { force: true });
  }
}

/** Unpacks a backup into a data folder that has no cluster; the next start recovers it and sets a new password. */
export async function restoreEmbedded(options: { source: string; dataDir: string }): Promise<void> {
  await stat(options.source);
  await createDataFolder(dataFolder(resolve(options.dataDir)));
  const folder = dataFolder(await realpath(options.dataDir));
  const lock = await acquireOwnerLock(folder.root);
  try {
    if (await stat(folder.cluster).catch(() => undefined)) {
      throw new Error(
        `${folder.cluster} exists already. Move it away first; a backup is never restored over data.`,
      );
    }
    const draft = await createDraft(folder);
    await unpack(options.source, draft);
    await stat(join(draft, 'backup_label')).catch((cause) => {
      throw new Error(`${options.source} is not a complete backup of Signalbox's embedded database.`, {
        cause,
      });
    });
    // The password on record belongs to another cluster; without one the next start sets a new one.
    await rm(folder.passwordFile, { force: true });
    await installCluster(folder, draft);
  } finally {
    await removeDrafts(folder);
    await lock.release();
  }
}

async function* archiveCluster(client: PoolClient, cluster: string): AsyncGenerator<Buffer> {
  await keepLog(client, `signalbox_backup_${process.pid}`);
  await startBackup(client, 'signalbox');
  for (const name of await listCluster(cluster)) {
    // Written last: the copy must not be startable before everything else is in it.
    if (name !== 'global/pg_control') yield* archivePath(cluster, name);
  }
  yield* archivePath(cluster, 'global/pg_control');
  const { backupLabel, tablespaceMap, lastSegment } = await stopBackup(client);
  for (const name of await listLogSegments(cluster, backupLabel, lastSegment))
    yield* archivePath(cluster, name);
  if (tablespaceMap.trim()) yield* archiveText('tablespace_map', tablespaceMap);
  yield* archiveText('backup_label', backupLabel);
  yield tarEnd();
}

async function listCluster(cluster: string, folder = ''): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(cluster, folder), { withFileTypes: true })) {
    const name = folder ? `${folder}/${entry.name}` : entry.name;
    if (LEFT_OUT.test(name)) continue;
    if (entry.isSymbolicLink()) {
      throw new Error(
        `${name} in the cluster is a symbolic link; clusters with tablespaces cannot be backed up this way.`,
      );
    }
    found.push(name);
    if (entry.isDirectory()) {
      if (!EMPTY_FOLDERS.has(name)) found.push(...(await listCluster(cluster, name)));
      else if (name === 'pg_wal') found.push('pg_wal/archive_status', 'pg_wal/summaries');
    }
  }
  return found;
}

// The folder also holds segments from before the backup and recycled ones that wait to be overwritten.
async function listLogSegments(cluster: string, backupLabel: string, last: string): Promise<string[]> {
  const [, first] = /^START WAL LOCATION: .*\(file ([0-9A-F]{24})\)/m.exec(backupLabel) ?? [];
  if (!first) throw new Error('PostgreSQL did not say where the log of the backup starts.');
  const names = await readdir(join(cluster, 'pg_wal'));
  const needed = names.filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last);
  return needed.sort().map((name) => `pg_wal/${name}`);
}

async function* archivePath(cluster: string, name: string): AsyncGenerator<Buffer> {
  const file = await open(join(cluster, name), 'r').catch(ignoreMissing);
  // Tables are dropped and log files removed while we walk.
  if (!file) return;
  try {
    const info = await file.stat();
    if (info.isDirectory()) {
      yield tarHeader({ name, kind: 'folder', size: 0 });
      return;
    }
    yield tarHeader({ name, kind: 'file', size: info.size });
    let left = info.size;
    while (left > 0) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(left, 1024 * 1024)), 0);
      if (bytesRead === 0) break;
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    // A file that was truncated meanwhile keeps the length announced for it; the log holds the truncation.
    for (; left > 0; left -= Math.min(left, 1024 * 1024)) yield Buffer.alloc(Math.min(left, 1024 * 1024));
    yield tarPadding(info.size);
  } finally {
    await file.close();
  }
}

function* archiveText(name: string, text: string): Generator<Buffer> {
  const bytes = Buffer.from(text);
  yield tarHeader({ name, kind: 'file', size: bytes.length });
  yield bytes;
  yield tarPadding(bytes.length);
}

async function unpack(source: string, draft: string): Promise<void> {
  const archive = createReadStream(source);
  const bytes = isCompressed(source) ? archive.pipe(createGunzip()) : archive;
  archive.on('error', (error) => bytes.destroy(error));
  for await (const entry of readTar(bytes)) {
    const path = resolve(draft, entry.name);
    if (!path.startsWith(`${draft}/`))
      throw new Error(`The archive names a file outside the cluster: ${entry.name}`);
    if (entry.kind === 'folder') {
      await mkdir(path, { recursive: true, mode: 0o700 });
      continue;
    }
    await pipeline(Readable.from(entry.content), createWriteStream(path, { mode: 0o600, flush: true }));
  }
}

function isCompressed(name: string): boolean {
  return /\.(gz|tgz)$/.test(name);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
