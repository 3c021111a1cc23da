import type { Database } from '#platform/db';

/**
 * Runs what a test sent, as the writer, in one transaction. Every value is read as PostgreSQL writes it, except the
 * numbers and booleans that JSON has: dates, times and decimals are text.
 */
export async function runTestQuery(
  writer: Database,
  query: { text: string; values: unknown[] },
): Promise<Record<string, unknown>[]> {
  const client = await writer.pool.connect();
  try {
    await client.query('begin');
    const results = await client.query({ ...query, types: { getTypeParser: parserFor } });
    // Of several statements the first one's rows are what the original's driver gives.
    const result = Array.isArray(results) ? (results[0] as typeof results) : results;
    // Told before the commit, so that a query which is refused has changed nothing.
    if (result.fields.length === 0) throw new NoRowsError();
    await client.query('commit');
    return result.rows;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** The query gives no rows, not even none. */
export class NoRowsError extends Error {
  constructor() {
    super('The query must return rows: use RETURNING');
    this.name = 'NoRowsError';
  }
}

const [BOOLEAN, INT2, INT4, INT8, FLOAT4, FLOAT8] = [16, 21, 23, 20, 700, 701];

function parserFor(oid: number): (text: string) => unknown {
  if (oid === BOOLEAN) return (text) => text === 't';
  if (oid === INT2 || oid === INT4 || oid === INT8 || oid === FLOAT4 || oid === FLOAT8) return Number;
  return (text) => text;
}
