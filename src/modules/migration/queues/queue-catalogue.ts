import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { moveTask, syncTask } from '../tasks/definitions.ts';

/** A queue as operators know it, and the jobs behind it: spec section 5.1. */
export interface QueueEntry {
  queueId: string;
  queueName: string;
  dlqName: string;
  domain: Domain;
  kind: 'bulk' | 'event';
  /** Its jobs; dead letters of pages are found by their key. */
  task: string;
}

export function listQueues(ctx: Pick<MigrationContext, 'domains' | 'config'>): QueueEntry[] {
  return ctx.domains.flatMap((domain) => {
    const entries: QueueEntry[] = [];
    if (domain.bulk) {
      entries.push(entryOf(ctx, domain, domain.bulk, 'bulk', moveTask(domain, ctx.config).name));
    }
    if (domain.sync) {
      entries.push(entryOf(ctx, domain, domain.sync, 'event', syncTask(domain, ctx.config).name));
    }
    return entries;
  });
}

export function queueOfBulk(ctx: MigrationContext, domain: Domain): QueueEntry {
  const entry = listQueues(ctx).find((queue) => queue.domain === domain && queue.kind === 'bulk');
  if (!entry) throw new Error(`${domain.type} has no migration queue`);
  return entry;
}

function entryOf(
  ctx: Pick<MigrationContext, 'config'>,
  domain: Domain,
  queue: { queueId: string; queueName: string; dlqName: string },
  kind: QueueEntry['kind'],
  task: string,
): QueueEntry {
  return {
    queueId: queue.queueId,
    queueName: ctx.config[`queue:${queue.queueId}`] ?? queue.queueName,
    dlqName: ctx.config[`dlq:${queue.queueId}`] ?? queue.dlqName,
    domain,
    kind,
    task,
  };
}
