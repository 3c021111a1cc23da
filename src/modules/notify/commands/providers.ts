import type { Actor } from '#platform/auth';
import type { NotifyContext } from '../context.ts';
import { type ChangedProvider, updateProvider } from './provider-queries.ts';

export interface ProviderChange {
  identifier: string;
  priority: number | undefined;
  active: boolean | undefined;
  reason: string | undefined;
  actor: Actor;
}

/** Changes a provider by hand: row, version and audit in one transaction. Undefined for one there is not. */
export async function changeProvider(
  ctx: Pick<NotifyContext, 'db' | 'clock' | 'audit'>,
  change: ProviderChange,
): Promise<ChangedProvider | undefined> {
  const { actor, identifier, priority, active, reason } = change;
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const changed = await updateProvider(trx, {
      identifier,
      priority: priority === undefined ? null : Math.min(priority, 100),
      active: active ?? null,
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
