import { sqlState } from '#platform/db';

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const MOST_RETRIES = 3;

/** Runs a transaction again when PostgreSQL ended it in favour of another (spec section 6.2, last row). */
export async function withConflictRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await work();
    } catch (error) {
      const state = sqlState(error);
      const isConflict = state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED;
      if (!isConflict || retries >= MOST_RETRIES) throw error;
    }
  }
}
