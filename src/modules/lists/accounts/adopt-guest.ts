import type { Handle } from '#platform/db';
import type { ListsContext } from '../context.ts';
import { listsEvent } from '../events.ts';
import { googleAlternate } from '../gateway/text.ts';
import { adoptReservations } from '../reservations/reservation-queries.ts';
import { adoptContributions, adoptCoOwnerships } from './adopt-guest-queries.ts';

/** What somebody did as a guest becomes theirs once their address is proved: spec section 6.10. */
export async function adoptGuest(
  ctx: ListsContext,
  trx: Handle,
  user: { id: string; email: string },
  correlationId: string | null,
): Promise<void> {
  const alternate = googleAlternate(user.email);
  const emails = alternate === undefined ? [user.email] : [user.email, alternate];
  const adopted = await adoptReservations(trx, { userId: user.id, emails });
  await adoptContributions(trx, user.id, emails);
  await adoptCoOwnerships(trx, user.id, emails);
  if (adopted > 0) {
    await ctx.events.append(trx, [
      listsEvent('reservation.adopted', correlationId, [user.id], { n: adopted }),
    ]);
  }
}
