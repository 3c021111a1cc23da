import type { Actor } from '#platform/auth';
import type { NotifyContext } from '../context.ts';
import { type ChangedProvider, changeProvider } from '../delivery/provider-settings-queries.ts';

export interface HandChange {
  identifier: string;
  priority: number | undefined;
  active: boolean | undefined;
  reason: string | undefined;
  actor: Actor;
}

/** Changes a provider by hand: row, version and audit in one transaction. Undefined for one there is not. */
export async function changeProviderByHand(
  ctx: Pick<NotifyContext, 'db' | 'clock' | 'audit'>,
  change: HandChange,
): Promise<ChangedProvider | undefined> {
  const { actor, identifier, priority, active, reason } = change;
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const changed = await changeProvider(trx, {
      identifier,
      priority: priority === undefined ? undefined : Math.min(priority, 100),
      active,
      reason: reason ?? 'Changed by hand',
      createdBy: actor.name,
      now: ctx.clock.now(),
    });
    if (changed) {
      const details = { priority: changed.priority, active: changed.active };
      await ctx.audit(trx, { actor, action: 'provider.changed', target: `provider:${identifier}`, details });
    }
    return changed;
  });
}
