import { RefusedError } from '#platform/jobs';
import type { DirectoryContext } from '../context.ts';
import { deleteBegunCall, insertBegunCall } from './begun-call-queries.ts';

/**
 * Makes a call whose receiver cannot be asked whether an earlier one arrived, and that must not arrive twice. The call is
 * noted as begun before; `call` says by its error whether it may have arrived, and whoever settles the job ends the note in the same
 * transaction with `endCall`.
 *
 * A worker that is lost during the call leaves the note. The next run then does not call again but fails for good, so
 * that a person decides: retrying the failure calls again.
 */
export async function callOnce(
  ctx: DirectoryContext,
  jobId: string,
  call: () => Promise<void>,
): Promise<void> {
  const handle = ctx.db.kysely;
  if (!(await insertBegunCall(handle, jobId, ctx.clock.now()))) {
    await deleteBegunCall(handle, jobId);
    throw new RefusedError('The worker that sent this was lost while it did: it may have arrived');
  }
  try {
    await call();
  } catch (error) {
    // The end is known, or is recorded as a failure: a further attempt is one that was decided on.
    await deleteBegunCall(handle, jobId);
    throw error;
  }
}

export const endCall = deleteBegunCall;
