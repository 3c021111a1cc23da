import type { RawBuilder } from 'kysely';
import type { Database, Handle } from '#platform/db';

/** Where a statement runs: on a transaction, or by itself under a name, so that each connection plans it once. */
export type StatementTarget = Handle | Database;

/**
 * Runs a statement whose text is always the same. By itself it is a transaction, and its plan is kept under `name`:
 * planning these statements takes PostgreSQL longer than running them for one row.
 */
export async function runStatement<T extends object>(
  target: StatementTarget,
  name: string,
  statement: RawBuilder<T>,
): Promise<T[]> {
  if (!('pool' in target)) return (await statement.execute(target)).rows;
  const { sql: text, parameters } = statement.compile(target.kysely);
  const result = await target.pool.query<T>({ name, text, values: [...parameters] });
  return result.rows;
}
