import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface LoadProgress {
  rowsDone: number;
  created: number;
  refused: number;
  isFinished: boolean;
}

/** Begins a load or finds how far it came. */
export async function beginLoad(handle: Handle, id: string, now: Date): Promise<LoadProgress> {
  const result = await sql<{ rows_done: string; created: string; refused: string; is_finished: boolean }>`
    insert into parties.bulk_loads (id, rows_done, started_at, updated_at) values (${id}, 0, ${now}, ${now})
    on conflict (id) do update set updated_at = excluded.updated_at
    returning rows_done, created, refused, finished_at is not null as is_finished
  `.execute(handle);
  const [row] = result.rows;
  return {
    rowsDone: Number(row?.rows_done ?? 0),
    created: Number(row?.created ?? 0),
    refused: Number(row?.refused ?? 0),
    isFinished: row?.is_finished ?? false,
  };
}

/**
 * Moves a load on, in the transaction that writes the rows. False when another run of the same load moved it meanwhile:
 * then this one must not write them.
 */
export async function advanceLoad(
  handle: Handle,
  load: { id: string; from: number; to: number; created: number; refused: number; now: Date },
): Promise<boolean> {
  const result = await sql`
    update parties.bulk_loads
    set rows_done = ${load.to}, created = created + ${load.created}, refused = refused + ${load.refused},
      updated_at = ${load.now}
    where id = ${load.id} and rows_done = ${load.from}
  `.execute(handle);
  return result.numAffectedRows === 1n;
}

export async function finishLoad(handle: Handle, id: string, now: Date): Promise<void> {
  await sql`update parties.bulk_loads set finished_at = ${now} where id = ${id} and finished_at is null`.execute(
    handle,
  );
}
