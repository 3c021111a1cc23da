import type { Handle } from '#platform/db';
import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { isText } from '../gateway/body.ts';
import { newId } from '../ids.ts';
import type { ProductRow } from '../tables.ts';
import {
  deleteNotFound,
  insertNotFound,
  insertProduct,
  selectProductByUrl,
  wasRemovedWithList,
  withdrawProduct,
} from './product-queries.ts';
import { exactSearchUrl, looseSearchUrl } from './product-url.ts';

export const PRODUCT_LENGTHS = { name: 200, details: 2_000, url: 4_096, price: 40 };
const HOUR_MS = 3_600_000;

/** The texts of a product a body brings; throws the contract's refusal for what is missing or unusable. */
export function readProduct(input: Record<string, unknown>, required: string[]) {
  for (const name of required) if (input[name] === undefined) throw errors.fieldMissing(name);
  const text = (name: string, most: number): string => {
    const value = input[name];
    if (!isText(value, most)) throw errors.productNotCreated();
    return value;
  };
  const optional = (name: string, most: number): string | null =>
    input[name] === undefined || input[name] === null || input[name] === '' ? null : text(name, most);
  return { text, optional };
}

/** Adds to the catalogue: spec section 3.5.1. */
export async function createProduct(
  ctx: ListsContext,
  caller: Caller,
  input: Record<string, unknown>,
  correlationId: string,
): Promise<string> {
  const { text, optional } = readProduct(input, ['retailer', 'brand', 'details', 'productUrl', 'imageUrl']);
  const productUrl = text('productUrl', PRODUCT_LENGTHS.url);
  const id = newId();
  const product = {
    id,
    retailer: text('retailer', PRODUCT_LENGTHS.name),
    brand: text('brand', PRODUCT_LENGTHS.name),
    details: text('details', PRODUCT_LENGTHS.details),
    productUrl,
    searchUrl: looseSearchUrl(productUrl),
    imageUrl: text('imageUrl', PRODUCT_LENGTHS.url),
    price: optional('price', PRODUCT_LENGTHS.price),
    currency: optional('currency', 3),
    isSearchHidden: input.searchHidden === true,
    now: ctx.clock.now(),
  };
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await insertProduct(trx, product);
    await recordCatalogueChange(ctx, trx, caller, 'product.created', id);
    await ctx.events.append(trx, [listsEvent('product.created', correlationId, [id])]);
  });
  return id;
}

export async function removeProduct(
  ctx: ListsContext,
  caller: Caller,
  id: string,
  correlationId: string,
): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await withdrawProduct(trx, id, ctx.clock.now());
    await recordCatalogueChange(ctx, trx, caller, 'product.withdrawn', id);
    await ctx.events.append(trx, [listsEvent('product.withdrawn', correlationId, [id])]);
  });
}

/** Changes by editors and administrators are audited: spec section 4.7. */
export async function recordCatalogueChange(
  ctx: ListsContext,
  trx: Handle,
  caller: Pick<Caller, 'userId'>,
  action: string,
  id: string,
  details: object = {},
): Promise<void> {
  await ctx.audit(trx, {
    actor: { kind: 'system', id: caller.userId, name: 'lists editor' },
    action: `lists.${action}`,
    target: `product:${id}`,
    details,
  });
}

/** The visible catalogue product of an address: spec sections 3.5.4 and 6.6. */
export async function findByUrl(ctx: ListsContext, url: string): Promise<ProductRow | undefined> {
  const exact = exactSearchUrl(url);
  const loose = [...new Set([looseSearchUrl(url), looseSearchUrl(exact)])];
  const product = await selectProductByUrl(ctx.db.kysely, exact, loose);
  return product?.is_search_hidden ? undefined : product;
}

/** Notes down a product the catalogue lacks: spec section 3.6.1. */
export async function createNotFound(
  ctx: ListsContext,
  trx: Handle,
  caller: Caller,
  input: Record<string, unknown>,
  correlationId: string,
): Promise<string> {
  const { text, optional } = readProduct(input, ['brand', 'details', 'url']);
  const id = newId();
  await insertNotFound(trx, {
    id,
    brand: text('brand', PRODUCT_LENGTHS.name),
    details: text('details', PRODUCT_LENGTHS.details),
    productUrl: text('url', PRODUCT_LENGTHS.url),
    imageUrl: optional('imageUrl', PRODUCT_LENGTHS.url),
    price: optional('price', PRODUCT_LENGTHS.price),
    currency: optional('currency', 3),
    createdBy: caller.userId,
    now: ctx.clock.now(),
  });
  await ctx.events.append(trx, [listsEvent('notfound.created', correlationId, [id, caller.userId])]);
  return id;
}

/** Spec section 3.6.3. */
export async function removeNotFound(
  ctx: ListsContext,
  caller: Caller,
  id: string,
  correlationId: string,
): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    if (await deleteNotFound(trx, id, caller.userId)) {
      await ctx.events.append(trx, [listsEvent('notfound.deleted', correlationId, [id])]);
      return;
    }
    const since = new Date(ctx.clock.now().getTime() - HOUR_MS);
    if (!(await wasRemovedWithList(trx, id, caller.userId, since))) throw errors.notFoundNotDeleted();
  });
}
