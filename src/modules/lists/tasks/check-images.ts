import type { ListsContext } from '../context.ts';
import { listsEvent } from '../events.ts';
import { checkPicture, FetchPageError } from '../lookup/fetch-page.ts';
import { allowedPrefixes, USER_AGENT } from '../lookup/lookup.ts';
import { selectUncheckedImages, updateImageCheck } from '../products/product-queries.ts';

const MOST_AT_ONCE = 2_000;
const SIDE_BY_SIDE = 2;
const BUDGET_MS = 5_000;

/**
 * Looks each day whether the pictures of catalogue products are still there, those first that were looked at longest ago,
 * and marks what is broken (spec section 5.2). Editors see the number in the console.
 */
export async function checkImages(ctx: ListsContext): Promise<void> {
  const due = await selectUncheckedImages(ctx.db.kysely, MOST_AT_ONCE);
  let broken = 0;
  const work = async () => {
    for (let product = due.shift(); product; product = due.shift()) {
      const fault = await faultOf(ctx, product.image_url);
      if (fault !== null) broken += 1;
      await updateImageCheck(ctx.db.kysely, product.id, fault, ctx.clock.now());
    }
  };
  const looked = due.length;
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  await ctx.events.append(ctx.db.kysely, [listsEvent('lists.images_checked', null, [], { looked, broken })]);
}

async function faultOf(ctx: ListsContext, imageUrl: string): Promise<string | null> {
  if (imageUrl === '') return 'missing';
  const address = imageUrl.startsWith('//') ? `https:${imageUrl}` : imageUrl;
  // One of ours: it is part of the installation, or in the blob store.
  if (address.startsWith('/') || address.startsWith(`${ctx.publicOrigin}/`)) return null;
  try {
    await checkPicture(address, {
      allowedPrefixes: allowedPrefixes(ctx),
      userAgent: USER_AGENT,
      budgetMs: BUDGET_MS,
    });
    return null;
  } catch (error) {
    if (!(error instanceof FetchPageError)) throw error;
    return error.fault;
  }
}
