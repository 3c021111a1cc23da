import type { SourceRow } from '#platform/files';
import type { ListsContext } from '../context.ts';
import { selectProduct, upsertProduct } from '../products/product-queries.ts';
import { looseSearchUrl } from '../products/product-url.ts';
import { Item } from './original-items.ts';

export interface ProductsReport {
  created: number;
  updated: number;
  /** Lines that could not be taken, and why. */
  refused: { line: number; problem: string }[];
}

const NEEDED = ['retailer', 'brand', 'details', 'productUrl', 'imageUrl'];

/**
 * Catalogue products from rows with productId, retailer, brand, details, productUrl, imageUrl, price,
 * priceCheckedDate and createdAt (spec section 8.7). A known product is updated, and an empty cell leaves what is there.
 */
export async function importProducts(
  ctx: ListsContext,
  rows: AsyncIterable<SourceRow>,
): Promise<ProductsReport> {
  const report: ProductsReport = { created: 0, updated: 0, refused: [] };
  for await (const { line, fields } of rows) {
    const item = new Item(fields ?? {});
    const id = item.text('productId');
    const known = id ? await selectProduct(ctx.db.kysely, id) : undefined;
    const missing = known ? [] : NEEDED.filter((name) => !item.text(name));
    if (!id || missing.length > 0) {
      const problem = id ? `has no ${missing.join(', ')}` : 'has no productId';
      report.refused.push({ line, problem });
      continue;
    }
    const productUrl = item.text('productUrl') || known?.product_url || '';
    const isNew = await upsertProduct(ctx.db.kysely, {
      id,
      retailer: item.text('retailer') || known?.retailer || '',
      brand: item.text('brand') || known?.brand || '',
      details: item.text('details') || known?.details || '',
      productUrl,
      searchUrl: looseSearchUrl(productUrl),
      imageUrl: item.text('imageUrl') || known?.image_url || '',
      price: item.text('price') || known?.price || null,
      currency: known?.currency ?? null,
      isSearchHidden: known?.is_search_hidden ?? false,
      priceCheckedAt: item.time('priceCheckedDate') ?? known?.price_checked_at ?? null,
      now: item.time('createdAt') ?? ctx.clock.now(),
    });
    report[isNew ? 'created' : 'updated'] += 1;
  }
  return report;
}
