import { isConnectionFailure } from '#platform/db';
import { OutageError } from '#platform/jobs';

/** A directory database that does not answer is an outage: jobs wait, and no attempt is spent (spec section 5.7). */
export async function withDos<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isConnectionFailure(error)) throw new OutageError('DOS_DATABASE', { cause: error });
    throw error;
  }
}
