import type { Handle } from '#platform/db';
import { readEmail } from '../accounts/account.ts';
import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { isText, readInteger } from '../gateway/body.ts';
import { requireOwnList } from '../gift-lists/gift-list.ts';
import { isKeptFrom, mustNotKnow } from '../gift-lists/visibility.ts';
import { newId } from '../ids.ts';
import { formatMoney } from '../pages/words/money.ts';
import { withConflictRetries } from '../retries.ts';
import {
  addPledge,
  selectPledge,
  selectPledgePage,
  selectPledgesOfList,
  withdrawPledge,
} from './pledge-queries.ts';
import { lockGifts, lockListsShared, selectAccountsByEmail } from './reservation-queries.ts';

/** Promises a part of a gift that many give together. No money moves here: the givers settle among themselves. */
export async function pledge(
  ctx: ListsContext,
  caller: Caller | undefined,
  key: { listId: string; productId: string },
  input: { email: unknown; name: unknown; amount: unknown },
  { correlationId, locale }: { correlationId: string; locale: string },
): Promise<{ pledgeId: string }> {
  const email = caller?.email ?? readEmail(input.email);
  const amount = readInteger(input.amount);
  if (amount === undefined || amount < 1 || amount > 100_000_000) {
    throw errors.invalid('amount_invalid', 'amount must be a whole number of pence or cents, at least 1.');
  }
  if (caller === undefined && !isText(input.name, 200, 1)) throw errors.attributeMissing('name');
  const id = newId();
  await withConflictRetries(() =>
    ctx.db.kysely.transaction().execute(async (trx: Handle) => {
      const [list] = await lockListsShared(trx, [key.listId]);
      if (!list) throw errors.listMissing(key.listId);
      if (isKeptFrom(list, caller?.userId, ctx.clock.now())) {
        throw errors.conflict(
          'own_surprise',
          'You manage this list, and what is given is a surprise for you.',
        );
      }
      if (list.state === 'closed') throw errors.listClosed();
      const [gift] = await lockGifts(trx, [key]);
      if (!gift) throw errors.giftMissing();
      if (gift.group_target === null) {
        throw errors.conflict('not_a_group_gift', 'This gift is not given by many together: reserve it.');
      }
      const [account] = await selectAccountsByEmail(trx, [email]);
      const isAdded = await addPledge(trx, {
        id,
        list_id: key.listId,
        product_id: key.productId,
        holder_key: account?.id ?? email,
        user_id: account?.id ?? null,
        name: account ? (account.name ?? email) : isText(input.name, 200, 1) ? input.name : email,
        email,
        amount,
        locale,
        now: ctx.clock.now(),
      });
      if (!isAdded) {
        const left = gift.group_target - gift.group_pledged;
        throw errors.conflict('pledge_too_large', `Only ${left} is left to give.`, { left });
      }
      await sendConfirmation(ctx, trx, { id, to: email, locale, correlationId });
      await ctx.events.append(trx, [
        listsEvent('contribution.pledged', correlationId, [id, key.listId, key.productId], { amount }),
      ]);
    }),
  );
  return { pledgeId: id };
}

/** With the link to withdraw: who promises a part needs no account either. */
async function sendConfirmation(
  ctx: ListsContext,
  trx: Handle,
  letter: { id: string; to: string; locale: string; correlationId: string },
): Promise<void> {
  const { id, to, locale, correlationId } = letter;
  const page = await selectPledgePage(trx, id);
  if (!page) throw new Error('A pledge is not there in the transaction that wrote it');
  await ctx.courier.send(trx, [
    {
      template: 'pledge-confirmation',
      to,
      key: id,
      locale,
      variables: {
        name: page.name,
        list_title: page.list_title,
        amount: formatMoney(page.amount, page.currency, locale),
        brand: page.brand ?? '',
        details: page.details ?? '',
        pledge_url: `${ctx.publicOrigin}/pledges/${id}`,
        list_url: `${ctx.publicOrigin}/lists/${page.list_id}`,
      },
      correlationId,
    },
  ]);
}

/** The id is the proof, as with reservations. */
export async function withdraw(ctx: ListsContext, id: string, correlationId: string): Promise<void> {
  await withConflictRetries(() =>
    ctx.db.kysely.transaction().execute(async (trx: Handle) => {
      const known = await selectPledge(trx, id);
      if (!known) throw errors.notFound('pledge_not_found', 'There is no such pledge.');
      await lockListsShared(trx, [known.list_id]);
      await lockGifts(trx, [{ listId: known.list_id, productId: known.product_id }]);
      if (!(await withdrawPledge(trx, id, ctx.clock.now()))) {
        throw errors.conflict('already_withdrawn', 'This pledge was withdrawn already.');
      }
      await ctx.events.append(trx, [
        listsEvent('contribution.withdrawn', correlationId, [id, known.list_id, known.product_id]),
      ]);
    }),
  );
}

/** Who gives what, for those who manage the list and may know. */
export async function pledgesFor(ctx: ListsContext, caller: Caller, listId: string) {
  const list = await requireOwnList(ctx.db.kysely, caller, listId, { allowCoOwner: true });
  if (mustNotKnow(list, caller, ctx.clock.now())) return [];
  return (await selectPledgesOfList(ctx.db.kysely, listId)).map((row) => ({
    pledgeId: row.id,
    productId: row.product_id,
    name: row.name,
    amount: row.amount,
  }));
}
