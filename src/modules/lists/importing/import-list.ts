import type { Handle } from '#platform/db';
import { CommandRefusal } from '#platform/module';
import { selectUserByEmail } from '../accounts/account-queries.ts';
import { insertJsonRows } from '../backups/backup-queries.ts';
import type { ListsContext } from '../context.ts';
import { normaliseEmail } from '../gateway/text.ts';
import { newId } from '../ids.ts';
import { looseSearchUrl } from '../products/product-url.ts';
import type { exportList } from '../tools/export.ts';
import type { Row } from './original-rows.ts';

export type ExportedList = Awaited<ReturnType<typeof exportList>>;

/**
 * Brings an exported list into this installation as another user's, for tests (spec section 8.7): the list, its
 * not-found products and its reservations get new ids, and nobody who reserved can be recognised. Catalogue products
 * keep their ids and are left alone where they are known.
 */
export async function importList(
  ctx: ListsContext,
  exported: ExportedList,
  ownerEmail: string,
): Promise<{ listId: string; gifts: number; reservations: number }> {
  if (ctx.config.environment === 'prod') {
    throw new CommandRefusal('Lists of others are imported for tests only: this installation is prod');
  }
  const owner = await selectUserByEmail(ctx.db.kysely, normaliseEmail(ownerEmail));
  if (!owner) throw new CommandRefusal(`There is no user ${ownerEmail}`, 2);
  const now = ctx.clock.now();
  const listId = newId();
  const ids = new Map(exported.notFoundProducts.map(({ id }) => [id, newId()]));
  const idOf = (productId: string) => ids.get(productId) ?? productId;
  const gifts = exported.gifts.map((gift) => ({
    ...gift,
    list_id: listId,
    product_id: idOf(gift.product_id),
    group_pledged: 0,
    created_at: now,
  }));
  const guests = new Map<string, string>();
  const reservations = exported.reservations.map((reservation) => {
    const guest = guests.get(reservation.holder_key) ?? `guest-${guests.size + 1}@example.org`;
    guests.set(reservation.holder_key, guest);
    return {
      ...reservation,
      id: newId(),
      list_id: listId,
      product_id: idOf(reservation.product_id),
      holder_key: guest,
      user_id: null,
      name: guest.split('@')[0],
      email: guest,
      list_owner_id: owner.id,
      reserved_at: now,
      updated_at: now,
    };
  });
  const list = { ...exported.list, id: listId, owner_id: owner.id, created_at: now, updated_at: now };
  const insert = async (trx: Handle, table: Parameters<typeof insertJsonRows>[1], rows: Row[]) => {
    if (rows.length > 0) {
      await insertJsonRows(
        trx,
        table,
        rows.map((row) => JSON.stringify(row)),
      );
    }
  };
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await insert(trx, 'gift_lists', [list]);
    await insert(trx, 'gifts', gifts);
    await insert(trx, 'reservations', reservations);
    await insert(
      trx,
      'products',
      exported.products.map((product) => catalogueRow(product, now)),
    );
    await insert(
      trx,
      'not_found_products',
      exported.notFoundProducts.map((product) => ({
        ...product,
        id: idOf(product.id),
        created_by: owner.id,
        created_at: now,
      })),
    );
  });
  return { listId, gifts: gifts.length, reservations: reservations.length };
}

function catalogueRow(product: ExportedList['products'][number], now: Date): Row {
  const url = product.product_url ?? '';
  return {
    ...product,
    retailer: product.retailer ?? '',
    image_url: product.image_url ?? '',
    search_url: looseSearchUrl(url),
    is_search_hidden: false,
    created_at: now,
  };
}
