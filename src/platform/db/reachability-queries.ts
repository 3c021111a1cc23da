import { sql } from 'kysely';
import type { Database } from './database.ts';
import { isConnectionFailure } from './postgres-errors.ts';

const PATIENCE_MS = 2_000;

/** True when the database answers a query within two seconds; a wrong password or a full server counts as no. */
export async function isReachable(db: Database): Promise<boolean> {
  const { promise: timeout, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), PATIENCE_MS);
  const answer = sql`select 1`.execute(db.kysely).then(
    () => true,
    (error: unknown) => {
      if (isConnectionFailure(error)) return false;
      throw error;
    },
  );
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
