import type { Handle } from '#platform/db';
import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { selectList } from '../gift-lists/gift-list-queries.ts';
import { newId } from '../ids.ts';
import { recordCatalogueChange } from '../products/product.ts';
import { deleteNotFoundById, insertProduct, selectNotFound } from '../products/product-queries.ts';
import { looseSearchUrl } from '../products/product-url.ts';
import { lockGifts } from '../reservations/reservation-queries.ts';
import { withConflictRetries } from '../retries.ts';
import { replaceGiftProduct, selectListsWithProduct } from './tools-queries.ts';

export interface CatalogueFacts {
  brand: string;
  details: string;
  retailer: string;
  imageUrl: string;
  productUrl: string | undefined;
  price: string | null;
  searchHidden: boolean;
}

/**
 * Replaces a not-found product by a catalogue product, on its list and in all its reservations, in one transaction
 * (spec section 3.8.1). Reservation ids stay, so links in e-mails go on working. Returns the new product's id.
 */
export async function replaceNotFound(
  ctx: ListsContext,
  caller: Pick<Caller, 'userId'>,
  notFoundId: string,
  facts: CatalogueFacts,
  correlationId: string,
): Promise<{ productId: string; listId: string }> {
  const productId = newId();
  return withConflictRetries(() =>
    ctx.db.kysely.transaction().execute(async (trx: Handle) => {
      const notFound = await selectNotFound(trx, notFoundId);
      if (!notFound) throw errors.replaceUnknown(notFoundId);
      const [listId, ...others] = await selectListsWithProduct(trx, notFoundId);
      if (listId === undefined) throw errors.replaceNoList(notFoundId);
      if (others.length > 0) throw errors.replaceManyLists(notFoundId, [listId, ...others]);
      // The locks of every reservation, in their order, so that a reserve under way comes before or after.
      await selectList(trx, listId, '', 'share');
      const [gift] = await lockGifts(trx, [{ listId, productId: notFoundId }]);
      if (!gift || !(await selectNotFound(trx, notFoundId, true))) throw errors.replaceUnknown(notFoundId);
      const productUrl = facts.productUrl ?? notFound.product_url;
      await insertProduct(trx, {
        id: productId,
        ...facts,
        productUrl,
        searchUrl: looseSearchUrl(productUrl),
        price: facts.price ?? notFound.price,
        currency: notFound.currency,
        isSearchHidden: facts.searchHidden,
        now: ctx.clock.now(),
      });
      await replaceGiftProduct(trx, { listId, from: notFoundId, to: productId });
      await deleteNotFoundById(trx, notFoundId);
      await recordCatalogueChange(ctx, trx, caller, 'notfound.replaced', productId, { notFoundId, listId });
      await ctx.events.append(trx, [
        listsEvent('notfound.replaced', correlationId, [notFoundId, productId, listId]),
      ]);
      return { productId, listId };
    }),
  );
}
