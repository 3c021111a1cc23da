import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { selectWholeList } from '../gift-lists/gift-list-queries.ts';
import { selectUsersForExport } from './export-queries.ts';

/** One list with everything on it, for a look or for another environment (spec section 8.7). */
export async function exportList(ctx: ListsContext, listId: string) {
  const whole = await selectWholeList(ctx.db.kysely, listId);
  if (!whole) throw errors.listMissing(listId);
  const { co_owner: _co_owner, ...list } = whole.list;
  return {
    list,
    gifts: whole.gifts.map(({ facts: _facts, ...gift }) => gift),
    products: productsOf(whole, 'products'),
    notFoundProducts: productsOf(whole, 'notfound'),
    reservations: whole.reservations,
  };
}

function productsOf(whole: NonNullable<Awaited<ReturnType<typeof selectWholeList>>>, type: string) {
  return whole.gifts
    .filter((gift) => gift.type === type && gift.facts !== null)
    .map((gift) => ({ id: gift.product_id, ...gift.facts }));
}

export async function exportUsers(ctx: ListsContext) {
  return selectUsersForExport(ctx.db.kysely);
}
