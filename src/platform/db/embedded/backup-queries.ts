import type { PoolClient } from 'pg';

/** Holds back the recycling of the log for as long as the session lives. */
export async function keepLog(client: PoolClient, slot: string): Promise<void> {
  await client.query('select pg_create_physical_replication_slot($1, true, true)', [slot]);
}

export async function startBackup(client: PoolClient, label: string): Promise<void> {
  await client.query('select pg_backup_start($1, fast => true)', [label]);
}

export interface BackupEnd {
  backupLabel: string;
  tablespaceMap: string;
  lastSegment: string;
}

/** Nothing archives the log, so there is nothing to wait for: the backup takes the log along itself. */
export async function stopBackup(client: PoolClient): Promise<BackupEnd> {
  const { rows } = await client.query<BackupEnd>(
    `select labelfile as "backupLabel", spcmapfile as "tablespaceMap", pg_walfile_name(lsn) as "lastSegment"
     from pg_backup_stop(wait_for_archive => false)`,
  );
  const [end] = rows;
  if (!end) throw new Error('PostgreSQL did not report the end of the backup.');
  return end;
}

export async function findServerFolder(client: PoolClient): Promise<string> {
  const { rows } = await client.query<{ data_directory: string }>('show data_directory');
  return rows[0]?.data_directory ?? '';
}
