import type { Handle } from '#platform/db';
import { selectUser } from '../accounts/account-queries.ts';
import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { isText } from '../gateway/body.ts';
import { requireOwnList } from '../gift-lists/gift-list.ts';
import { mustNotKnow } from '../gift-lists/visibility.ts';
import { lockReservation, markThanked, selectReservationTimes } from './reservation-queries.ts';

const LONGEST = 2_000;

/** Sends one thank-you note to the giver, who answers to nobody: the note carries no address of the owner. */
export async function thank(
  ctx: ListsContext,
  caller: Caller,
  key: { listId: string; reservationId: string },
  message: unknown,
  correlationId: string,
): Promise<void> {
  if (!isText(message, LONGEST, 1)) {
    throw errors.invalid('message_invalid', `Write a note of at most ${LONGEST} characters.`);
  }
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const list = await requireOwnList(trx, caller, key.listId, { lock: 'share', allowCoOwner: true });
    // Before the reveal no answer may tell whether there is anybody to thank.
    if (mustNotKnow(list, caller, ctx.clock.now())) throw errors.reservationMissing();
    const reservation = await lockReservation(trx, key.reservationId);
    if (
      reservation?.list_id !== key.listId ||
      reservation.state !== 'purchased' ||
      !reservation.email.includes('@')
    ) {
      throw errors.reservationMissing();
    }
    if (!(await markThanked(trx, reservation.id, ctx.clock.now()))) {
      throw errors.conflict('already_thanked', 'You have thanked for this gift already.');
    }
    const owner = await selectUser(trx, list.owner_id);
    await ctx.courier.send(trx, [
      {
        template: 'thank-you',
        to: reservation.email,
        key: reservation.id,
        locale: (await selectReservationTimes(trx, reservation.id))?.locale,
        variables: {
          name: reservation.name,
          owner_name: owner?.name ?? 'The owner of the list',
          list_title: list.title,
          message,
        },
        correlationId,
      },
    ]);
    await ctx.events.append(trx, [
      listsEvent('reservation.thanked', correlationId, [reservation.id, list.id]),
    ]);
  });
}
