import type { DirectoryContext } from '../context.ts';
import { prepareEmail, storeEmails } from '../emails/store-rejection-email.ts';
import type { EventFacts } from '../events.ts';
import { changesWeRejected } from './pending-changes.ts';
import { deleteRejectionIntents, selectOldRejectionIntents } from './rejection-intent-queries.ts';
import { rejectedEvent } from './sync-events.ts';

/** Longer than all attempts of an update take, so that its own runs come first. */
const ABANDONED_MS = 600_000;
const AT_A_TIME = 200;

/** Tells of rejections whose job never came back to do so: killed with its worker too often. */
export async function settleAbandonedRejections(ctx: DirectoryContext): Promise<void> {
  const before = new Date(ctx.clock.now().getTime() - ABANDONED_MS);
  const intents = await selectOldRejectionIntents(ctx.db.kysely, before, AT_A_TIME);
  if (intents.length === 0) return;
  const byId = new Map(intents.map((intent) => [intent.changeId, intent]));
  const rejected = await changesWeRejected(ctx, intents);
  const events = await ctx.db.kysely.transaction().execute(async (trx) => {
    const ours = await deleteRejectionIntents(trx, [...byId.keys()]);
    const rejections = rejected.flatMap((change) => {
      const intent = byId.get(change.id);
      if (!intent || !ours.has(change.id)) return [];
      const { correlationId, odsCode, traceparent } = intent;
      const facts: EventFacts = { correlationId, odsCode, traceparent };
      return [{ change, facts }];
    });
    const emails = rejections.map((rejection) => prepareEmail(ctx, rejection));
    const told = [
      ...rejections.map(({ change, facts }) => rejectedEvent(facts, change)),
      ...emails.map(({ event }) => event),
    ];
    await storeEmails(ctx, trx, emails);
    await ctx.events.append(trx, told);
    return told;
  });
  ctx.contractLog.print('service-sync', events);
}
