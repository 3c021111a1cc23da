import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Database, typed } from './database.ts';
import { sqlState } from './postgres-errors.ts';
import {
  claimMigration,
  createMigrationTable,
  findAppliedMigrations,
  isMigrationTableCurrent,
  migrationTableExists,
  runMigrationFile,
  type SchemaMigrationTables,
} from './schema-migration-queries.ts';

/** The schema migrations of one module: `NNNN-name.sql` files applied in order, one transaction each. */
export interface MigrationSet {
  name: string;
  directory: URL;
}

export interface AppliedMigration {
  set: string;
  version: number;
  name: string;
}

/** Where progress is told; a pino logger fits. */
export interface MigrationLog {
  info(fields: object, message: string): void;
}

interface MigrationFile {
  version: number;
  name: string;
  path: string;
  text: string;
  checksum: string;
  oldestProgram: number;
}

/**
 * Applies what is missing of each set, in the order given, and returns what this call applied. Any number of processes
 * may run it at once. It refuses a released file that was edited, and a database that is newer than the code unless each
 * newer migration says that it leaves this code working: `-- works with programs since NNNN` as its first line, where
 * NNNN is the newest migration that such a program has to know (ADR 0015).
 */
export async function migrate(
  db: Database,
  sets: readonly MigrationSet[],
  log?: MigrationLog,
): Promise<AppliedMigration[]> {
  const applied: AppliedMigration[] = [];
  // Files are read first, so that a mistake in them stops us before anything has changed.
  const plans = await Promise.all(sets.map(async (set) => ({ set, files: await readMigrationFiles(set) })));
  await ensureMigrationTable(db);
  for (const { set, files } of plans) {
    const missing = await findMissing(db, set, files);
    for (const file of missing) {
      if (!(await applyFile(db, set, file))) continue;
      const migration = { set: set.name, version: file.version, name: file.name };
      log?.info(migration, 'schema migration applied');
      applied.push(migration);
    }
  }
  return applied;
}

/** What `migrate` would apply, in its order; with no database yet, everything. */
export async function findPendingMigrations(
  db: Database | undefined,
  sets: readonly MigrationSet[],
): Promise<AppliedMigration[]> {
  const isEmpty = db === undefined || !(await migrationTableExists(typed<SchemaMigrationTables>(db)));
  // One that an earlier program made lacks a column.
  if (!isEmpty) await ensureMigrationTable(db);
  const pending: AppliedMigration[] = [];
  for (const set of sets) {
    const files = await readMigrationFiles(set);
    const missing = isEmpty ? files : await findMissing(db, set, files);
    for (const { version, name } of missing) pending.push({ set: set.name, version, name });
  }
  return pending;
}

async function readMigrationFiles(set: MigrationSet): Promise<MigrationFile[]> {
  const directory = new URL(set.directory.href.endsWith('/') ? set.directory.href : `${set.directory.href}/`);
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (fileName, index) => {
      const [, version, name] = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(fileName) ?? [];
      const path = fileURLToPath(new URL(fileName, directory));
      if (!version || !name) throw new Error(`Schema migration ${path} must be named NNNN-name.sql.`);
      if (Number(version) !== index + 1) {
        const wanted = String(index + 1).padStart(4, '0');
        throw new Error(`Schema migrations are numbered without gaps: number ${path} as ${wanted}.`);
      }
      // A checkout with Windows line ends is the same migration.
      const text = (await readFile(path, 'utf8')).replaceAll('\r\n', '\n');
      return {
        version: index + 1,
        name,
        path,
        text,
        checksum: createHash('sha256').update(text).digest('hex'),
        oldestProgram: readOldestProgram(path, text, index + 1),
      };
    }),
  );
}

/** The newest migration that a program must know to work on what this one leaves: itself, unless it says otherwise. */
function readOldestProgram(path: string, text: string, version: number): number {
  const firstLine = text.slice(0, text.indexOf('\n'));
  if (!/^--\s*works with/i.test(firstLine)) return version;
  const [, since] = /^-- works with programs since (\d{4})$/.exec(firstLine) ?? [];
  if (since === undefined || Number(since) < 1 || Number(since) >= version) {
    throw new Error(
      `Schema migration ${path} must begin "-- works with programs since NNNN", with the number of an earlier one.`,
    );
  }
  return Number(since);
}

async function ensureMigrationTable(db: Database): Promise<void> {
  const handle = typed<SchemaMigrationTables>(db);
  if (await isMigrationTableCurrent(handle)) return;
  for (let attempt = 1; ; attempt++) {
    try {
      return await createMigrationTable(handle);
    } catch (error) {
      // `if not exists` does not see what another session is creating at this moment; the loser gets one of these.
      const isRace = ['23505', '42P06', '42P07', '42710', '42701'].includes(sqlState(error) ?? '');
      if (!isRace || attempt >= 20) throw error;
    }
  }
}

async function findMissing(
  db: Database,
  set: MigrationSet,
  files: MigrationFile[],
): Promise<MigrationFile[]> {
  const recorded = await findAppliedMigrations(typed<SchemaMigrationTables>(db), set.name);
  for (const row of recorded) {
    const file = files[row.version - 1];
    if (!file) {
      if (row.oldest_program !== null && row.oldest_program <= files.length) continue;
      throw new Error(
        `The database is newer than this program: schema migration ${row.version} (${row.name}) of "${set.name}" ` +
          `is applied, but this version knows only ${files.length}. Start the newer version, or restore a backup ` +
          'taken before it ran.',
      );
    }
    if (file.checksum !== row.checksum) {
      throw new Error(
        `Schema migration ${file.path} was changed after it had been applied on ${row.applied_at.toISOString()}. ` +
          'Restore the released file and put the change into a new schema migration.',
      );
    }
  }
  const known = new Set(recorded.map((row) => row.version));
  return files.filter((file) => !known.has(file.version));
}

async function applyFile(db: Database, set: MigrationSet, file: MigrationFile): Promise<boolean> {
  try {
    return await typed<SchemaMigrationTables>(db)
      .transaction()
      .execute(async (trx) => {
        const isClaimed = await claimMigration(trx, {
          set_name: set.name,
          version: file.version,
          name: file.name,
          checksum: file.checksum,
          oldest_program: file.oldestProgram,
        });
        if (isClaimed) await runMigrationFile(trx, file.text);
        return isClaimed;
      });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Schema migration ${file.path}${lineOf(error, file.text)} failed: ${reason}`, {
      cause: error,
    });
  }
}

// PostgreSQL gives the character position in the text it was sent.
function lineOf(error: unknown, text: string): string {
  const position = Number((error as { position?: string }).position);
  return position > 0 ? `:${text.slice(0, position - 1).split('\n').length}` : '';
}
