import { createHash } from 'node:crypto';
import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { storable } from '../gateway/text.ts';
import { limit } from '../policy/rate-limit.ts';
import { findByUrl } from '../products/product.ts';
import { addressIn } from '../products/product-url.ts';
import type { ProductRow } from '../tables.ts';
import { type FetchFault, FetchPageError, fetchPage } from './fetch-page.ts';
import { selectLookup, upsertLookup } from './lookup-queries.ts';
import { type PageFacts, readPageFacts } from './page-facts.ts';
import { isBlockedShop, retailerRuleFor, shopNameOf } from './retailers.ts';

export type LookupFault = FetchFault | 'blocked_shop';

const KEEP_MS = 24 * 3_600_000;
export const USER_AGENT = 'SignalboxLists/1.0 (product look-up at the request of a person; no crawling)';

/** Asks a product page for what it says of its product: spec section 3.5.5. Throws the contract's refusal. */
export async function queryMetadata(
  ctx: ListsContext,
  caller: Caller,
  url: string,
  correlationId: string,
): Promise<PageFacts> {
  if (isBlockedShop(url)) {
    const { metadataBlockedResponse } = await ctx.policy.current();
    if (metadataBlockedResponse === 'error') throw errors.metadataFailed('blocked_shop');
    return {};
  }
  const answer = await lookUpPage(ctx, caller, url, correlationId);
  if ('fault' in answer) throw errors.metadataFailed(answer.fault);
  return answer.facts;
}

export type Lookup =
  | { outcome: 'catalogue'; product: ProductRow }
  | { outcome: 'page'; url: string; facts: PageFacts; shop: string }
  /** Whatever happened, the person can go on by hand; what is known is filled in for them. */
  | { outcome: 'manual'; reason: LookupFault | 'no_details'; url: string; facts: PageFacts; shop: string };

/** What the "add items" page does with a pasted link, in one call: the decision table of spec section 6.7. */
export async function lookUp(
  ctx: ListsContext,
  caller: Caller,
  pasted: string,
  correlationId: string,
): Promise<Lookup> {
  const url = addressIn(pasted);
  const product = await findByUrl(ctx, url);
  if (product) return { outcome: 'catalogue', product };
  const shop = shopNameOf(url);
  if (isBlockedShop(url)) return { outcome: 'manual', reason: 'blocked_shop', url, facts: {}, shop };
  const answer = await lookUpPage(ctx, caller, url, correlationId);
  if ('fault' in answer) return { outcome: 'manual', reason: answer.fault, url, facts: {}, shop };
  const { facts } = answer;
  const isComplete = facts.title !== undefined && facts.site_name !== undefined && facts.image !== undefined;
  return isComplete
    ? { outcome: 'page', url, facts, shop }
    : { outcome: 'manual', reason: 'no_details', url, facts, shop };
}

async function lookUpPage(
  ctx: ListsContext,
  caller: Caller,
  url: string,
  correlationId: string,
): Promise<{ facts: PageFacts } | { fault: LookupFault }> {
  await limit(ctx, 'metadata', caller.userId);
  const now = ctx.clock.now();
  const hash = createHash('sha256').update(url).digest();
  const known = await selectLookup(ctx.db.kysely, hash, new Date(now.getTime() - KEEP_MS));
  if (known) return { facts: known };
  const startedAt = performance.now();
  const answer = await readPage(ctx, url);
  const outcome = 'fault' in answer ? answer.fault : 'read';
  // Shops we have rules for are few; a label for each address people paste would be many.
  ctx.metrics.lookups.inc({ shop: retailerRuleFor(url)?.host ?? 'other', outcome });
  await ctx.events.append(ctx.db.kysely, [
    listsEvent('metadata.queried', correlationId, [], {
      host: storable(shopHost(url)),
      outcome,
      ms: Math.round(performance.now() - startedAt),
    }),
  ]);
  if ('facts' in answer) await upsertLookup(ctx.db.kysely, hash, { ...answer.facts }, now);
  return answer;
}

async function readPage(
  ctx: ListsContext,
  url: string,
): Promise<{ facts: PageFacts } | { fault: LookupFault }> {
  try {
    const page = await fetchPage(url, { allowedPrefixes: allowedPrefixes(ctx), userAgent: USER_AGENT });
    return { facts: storableFacts(readPageFacts(page.html, page.url)) };
  } catch (error) {
    if (!(error instanceof FetchPageError)) throw error;
    return { fault: error.fault };
  }
}

/** Private addresses that may be asked: those the settings name, and outside production the simulated shops. */
export function allowedPrefixes(ctx: ListsContext): string[] {
  const { host, portBase, simulators } = ctx.platformConfig;
  const isDevelopment = simulators && ctx.config.environment !== 'prod';
  return [...ctx.config.lookupOrigins, ...(isDevelopment ? [`http://${host}:${portBase + 20}/shops/`] : [])];
}

function storableFacts(facts: PageFacts): PageFacts {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, storable(value)]));
}

function shopHost(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}
