import { Type } from 'typebox';
import type { Job, TaskOptions } from '#platform/jobs';
import type { ModulePlatform } from '#platform/module';
import type { PartiesContext } from '../context.ts';
import { changeText } from '../history/change-text.ts';
import { selectChange, selectFeed } from '../history/history-queries.ts';
import { advancePublication, lockPublication } from './publication-queries.ts';

export type PublishingContext = Pick<
  PartiesContext,
  'config' | 'db' | 'register' | 'metrics' | 'log' | 'feedSigner'
> &
  Pick<ModulePlatform<unknown>, 'jobs' | 'outgoing'>;

/**
 * Delivers one domain event: five attempts with growing pauses, then the events of its party wait until a person has
 * looked at the failure (spec section 5). A party's events are delivered in their order.
 */
export const publishEventTask = {
  name: 'parties.publish_events',
  payload: Type.Object({ seq: Type.String() }),
  ordered: { onExhausted: 'hold' },
  retries: { limit: 4, delaySeconds: 5, backoff: true },
  batchSize: 50,
  concurrency: 2,
  timeoutSeconds: 120,
} satisfies TaskOptions;

/** Events of one transaction of handing on. */
const PAGE = 500;
const TIMEOUT_MS = 10_000;

/**
 * Hands changes that have become visible to the task that delivers them, a page in each transaction, so that none is
 * handed on twice and none is passed over. The changes themselves pay nothing for it.
 */
export async function handOnEvents(ctx: PublishingContext, signal: AbortSignal): Promise<void> {
  if (ctx.config.eventsUrl === undefined) return;
  while (!signal.aborted && (await handOnPage(ctx)) === PAGE);
}

function handOnPage({ db, jobs }: PublishingContext): Promise<number> {
  return db.kysely.transaction().execute(async (trx) => {
    const place = await lockPublication(trx);
    const changes = await selectFeed(trx, { ...place, limit: PAGE });
    const last = changes.at(-1);
    if (!last) return 0;
    await jobs.enqueue(
      trx,
      publishEventTask,
      changes.map((change) => ({
        payload: { seq: change.seq },
        key: change.aggregate_id,
        correlationId: change.correlation_id,
      })),
    );
    await advancePublication(trx, { transactionId: last.transaction_id, seq: last.seq });
    return changes.length;
  });
}

/** Posts an event as the change feed tells it, signed as its pages are. Rejects unless the answer is a success. */
export async function deliverEvent(ctx: PublishingContext, job: Job<{ seq: string }>): Promise<void> {
  const { config, db, outgoing, feedSigner } = ctx;
  const { eventsUrl } = config;
  const change = await selectChange(db.kysely, job.payload.seq);
  // Nobody asks for events any more, or a sandbox was reset meanwhile.
  if (eventsUrl === undefined || !change) return;
  const body = changeText(change);
  const { status } = await outgoing.call({
    target: 'parties-events',
    url: eventsUrl,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-signature': `ed25519=${feedSigner().sign(Buffer.from(body, 'latin1'))}`,
    },
    body,
    ...(change.correlation_id === null ? {} : { correlationId: change.correlation_id }),
    timeoutMs: TIMEOUT_MS,
  });
  if (status < 200 || status > 299) throw new Error(`The subscriber answered ${status}`);
}
