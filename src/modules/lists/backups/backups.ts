// Daily backups of everything the module keeps: spec section 8.6. One consistent snapshot as compressed JSON lines,
// encrypted under the module's key, in the blob store under a name with its date, beside its checksum.
import { createHash } from 'node:crypto';
import { createGzip, gunzipSync } from 'node:zlib';
import type { Handle } from '#platform/db';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { holdWaitingMails } from '../mail/outbox-queries.ts';
import {
  BACKED_UP,
  type BackedUpTable,
  beginSnapshot,
  hasNoUsers,
  insertJsonRows,
  selectRowsAsJson,
  tryBackupLock,
  withOverclaimedGifts,
} from './backup-queries.ts';

const PREFIX = 'lists/backups/';
const ROWS_AT_A_TIME = 2_000;
const DAY_MS = 86_400_000;
const NAME = /^lists-\d{4}-\d\d-\d\dT\d{9}\.backup$/;

export interface BackupEntry {
  name: string;
  bytes: number;
  sha256: string;
  createdAt: string;
}

/** Makes a backup, reads it back to be sure, and then forgets those that are too old. */
export async function runBackup(ctx: ListsContext, correlationId: string | null) {
  try {
    return await makeBackup(ctx, correlationId);
  } catch (error) {
    await ctx.events.append(ctx.db.kysely, [listsEvent('backup.failed', correlationId, [])]);
    throw error;
  }
}

async function makeBackup(ctx: ListsContext, correlationId: string | null) {
  const packed = await pack(ctx);
  const now = ctx.clock.now();
  const name = `lists-${now.toISOString().slice(0, 23).replaceAll(/[:.]/g, '')}.backup`;
  const sealed = ctx.secrets.encrypt(packed);
  await ctx.blobs.put(PREFIX + name, sealed, { contentType: 'application/octet-stream' });
  const sha256 = createHash('sha256').update(sealed).digest('hex');
  await ctx.blobs.put(`${PREFIX}${name}.sha256`, Buffer.from(sha256), { contentType: 'text/plain' });
  await readBackup(ctx, name);
  const deleted = await deleteOld(ctx, now);
  await ctx.events.append(ctx.db.kysely, [
    listsEvent('backup.done', correlationId, [name], { bytes: sealed.length, deleted }),
  ]);
  const tables = Object.fromEntries(BACKED_UP.map((table) => [table, true]));
  return { ...tables, files: [{ name, bytes: sealed.length, sha256 }] };
}

export async function listBackups(ctx: ListsContext): Promise<BackupEntry[]> {
  const entries: BackupEntry[] = [];
  for await (const { key, bytes, modifiedAt } of ctx.blobs.list(PREFIX)) {
    const name = key.slice(PREFIX.length);
    if (!NAME.test(name)) continue;
    const checksum = await ctx.blobs.get(`${key}.sha256`);
    entries.push({
      name,
      bytes,
      sha256: checksum === undefined ? '' : (await readAll(checksum.stream)).toString('utf8'),
      createdAt: modifiedAt.toISOString(),
    });
  }
  return entries.sort((a, b) => (a.name < b.name ? 1 : -1));
}

/** False when there is none of this name. */
export async function deleteBackup(ctx: ListsContext, name: string): Promise<boolean> {
  if (!NAME.test(name) || !(await listBackups(ctx)).some((entry) => entry.name === name)) return false;
  await ctx.blobs.delete(PREFIX + name);
  await ctx.blobs.delete(`${PREFIX}${name}.sha256`);
  return true;
}

/**
 * Brings a backup into a database whose lists schema is empty. Letters that waited when the backup was made are held
 * for a person, so that none goes out twice (spec section 10.2). Returns the rows by table.
 */
export async function restoreBackup(ctx: ListsContext, name: string): Promise<Record<string, number>> {
  const lines = (await readBackup(ctx, name)).split('\n').filter((line) => line !== '');
  const counts: Record<string, number> = {};
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    if (!(await hasNoUsers(trx)))
      throw new Error('There are accounts here already: restore into an empty database');
    // Imported gifts may claim more than is wanted, and come back as they were.
    await withOverclaimedGifts(trx, async () => {
      for (const table of BACKED_UP) counts[table] = await restoreTable(trx, table, lines);
    });
    await holdWaitingMails(trx, ctx.clock.now());
  });
  return counts;
}

async function restoreTable(trx: Handle, table: BackedUpTable, lines: string[]): Promise<number> {
  const rows = lines
    .filter((line) => line.startsWith(`${table}\t`))
    .map((line) => line.slice(table.length + 1));
  for (let first = 0; first < rows.length; first += ROWS_AT_A_TIME) {
    await insertJsonRows(trx, table, rows.slice(first, first + ROWS_AT_A_TIME));
  }
  return rows.length;
}

async function pack(ctx: ListsContext): Promise<Buffer> {
  const gzip = createGzip();
  const packed = readAll(gzip);
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await beginSnapshot(trx);
    // Two at once would only make each other slow.
    if (!(await tryBackupLock(trx)))
      throw errors.conflict('backup_running', 'A backup is being made already.');
    for (const table of BACKED_UP) {
      let after: string | undefined;
      for (;;) {
        const rows = await selectRowsAsJson(trx, table, after, ROWS_AT_A_TIME);
        for (const { row } of rows) gzip.write(`${table}\t${row}\n`);
        after = rows.at(-1)?.place;
        if (rows.length < ROWS_AT_A_TIME) break;
      }
    }
  });
  gzip.end();
  return packed;
}

/** The lines of a backup, after its checksum and its seal were checked. */
async function readBackup(ctx: ListsContext, name: string): Promise<string> {
  const blob = await ctx.blobs.get(PREFIX + name);
  const checksum = await ctx.blobs.get(`${PREFIX}${name}.sha256`);
  if (blob === undefined || checksum === undefined) throw new Error(`There is no backup called ${name}`);
  const sealed = await readAll(blob.stream);
  const sha256 = createHash('sha256').update(sealed).digest('hex');
  if (sha256 !== (await readAll(checksum.stream)).toString('utf8'))
    throw new Error(`${name} does not match its checksum`);
  return gunzipSync(ctx.secrets.decrypt(sealed)).toString('utf8');
}

/** Only older than the retention, and never the newest: a failing backup must not eat the last good one. */
async function deleteOld(ctx: ListsContext, now: Date): Promise<number> {
  const [, ...older] = await listBackups(ctx);
  const limit = new Date(now.getTime() - ctx.config.backupDays * DAY_MS).toISOString().slice(0, 10);
  const expired = older.filter(({ name }) => name.slice('lists-'.length, 'lists-'.length + 10) < limit);
  for (const { name } of expired) await deleteBackup(ctx, name);
  return expired.length;
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
