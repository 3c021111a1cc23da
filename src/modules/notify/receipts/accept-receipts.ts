import { createGroupCommit, type Handle } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import { processReceiptTask, type ReceiptPayload } from '../tasks/definitions.ts';

type ReceiptContext = Pick<NotifyContext, 'jobs'>;

/** Queues reports of providers on the caller's handle. */
export async function acceptReceipts(
  ctx: ReceiptContext,
  handle: Handle,
  receipts: ReceiptPayload[],
): Promise<void> {
  await ctx.jobs.enqueue(
    handle,
    processReceiptTask,
    receipts.map((payload) => ({ payload })),
  );
}

export interface ReceiptIntake {
  /** Resolves once the report is durable: after that its provider need not send it again. */
  add(receipt: ReceiptPayload): Promise<void>;
  drain(): Promise<void>;
}

/** Reports that arrive together share a commit. */
export function createReceiptIntake(ctx: Pick<NotifyContext, 'jobs' | 'db'>): ReceiptIntake {
  return createGroupCommit<ReceiptPayload>({
    db: ctx.db,
    maxItems: 200,
    isOneStatement: true,
    commit: (handle, receipts) => acceptReceipts(ctx, handle, receipts),
  });
}
