import { Type } from 'typebox';
import type { Handle } from '#platform/db';
import { deleteBackup, listBackups, runBackup } from '../backups/backups.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { isText } from '../gateway/body.ts';
import type { Call, Endpoint } from '../gateway/endpoint.ts';
import { lastPathPart } from '../gateway/path.ts';
import { presentNotFound, presentProduct } from '../gift-lists/wire.ts';
import { newId } from '../ids.ts';
import { queryMetadata } from '../lookup/lookup.ts';
import { selectOutboxState } from '../mail/outbox-queries.ts';
import { PRODUCT_LENGTHS, recordCatalogueChange } from '../products/product.ts';
import { selectProduct, upsertProduct } from '../products/product-queries.ts';
import { looseSearchUrl } from '../products/product-url.ts';
import { type CatalogueFacts, replaceNotFound } from '../tools/replace-not-found.ts';
import {
  countNotFound,
  selectDayCounts,
  selectNotFoundItem,
  selectNotFoundQueue,
} from '../tools/tools-queries.ts';

const Anything = Type.Object({}, { additionalProperties: true });
const ENVIRONMENTS = ['test', 'staging', 'prod'];
const QUEUE_LIMIT = 1_000;
const OVERVIEW_DAYS = 14;

/** Spec section 3.8: what the administration tools of the original call. */
export const toolsEndpoints: Endpoint[] = [
  admin('GET', '/tools/notfound/count', 'How many not-found products wait', async (ctx) => ({
    count: await countNotFound(ctx.db.kysely),
  })),
  admin('GET', '/tools/notfound', 'Not-found products, oldest first', async (ctx) => ({
    items: (await selectNotFoundQueue(ctx.db.kysely, QUEUE_LIMIT)).map((item) => ({
      ...presentNotFound(item),
      createdBy: item.created_by,
    })),
  })),
  admin('GET', '/tools/notfound/:id', 'A not-found product with its list', async (ctx, call) => {
    const item = await selectNotFoundItem(ctx.db.kysely, call.param('id'));
    if (!item) throw errors.toolsProductMissing(call.param('id'));
    return {
      ...presentNotFound(item),
      createdBy: item.created_by,
      creatorsName: item.creators_name ?? '',
      listId: item.list_id,
      listTitle: item.list_title ?? 'Unknown',
    };
  }),
  admin('POST', '/tools/notfound/:id', 'Replace a not-found product by a catalogue product', replace),
  admin('POST', '/tools/products/:id', 'The same, at the address of older clients', replace),
  admin('POST', '/tools/products', 'Create a catalogue product', async (ctx, call) => {
    const facts = readFacts(call, { isComplete: true });
    const wanted = readEnvironments(call);
    const id = newId();
    const { isWrittenHere, answers } = environmentAnswers(ctx, wanted, () => `Success:${id}`);
    if (isWrittenHere) await write(ctx, call, id, facts, null);
    return answerByEnvironment(ctx, call, answers, { productId: id });
  }),
  admin('GET', '/tools/overview', 'Counters of the last 14 days, and letters that wait', async (ctx) => {
    const { waiting, failed } = await selectOutboxState(ctx.db.kysely);
    const since = new Date(ctx.clock.now().getTime() - OVERVIEW_DAYS * 86_400_000);
    return { days: await selectDayCounts(ctx.db.kysely, since), letters: { waiting, failed } };
  }),
  admin('GET', '/tools/environment', 'Which environment this installation is', async (ctx) => ({
    environment: ownEnvironment(ctx),
  })),
  admin('GET', '/tools/products/check/:id', 'How peers hold a product', async (ctx, call) => ({
    product: await requireProduct(ctx, call.param('id')),
    test_environment_states: {},
  })),
  admin('GET', '/tools/products/:id', 'A catalogue product', async (ctx, call) =>
    requireProduct(ctx, call.param('id')),
  ),
  admin('PUT', '/tools/products/:id', 'Write a catalogue product', async (ctx, call) => {
    const facts = readFacts(call, { isComplete: true });
    const wanted = readEnvironments(call);
    const id = call.param('id');
    const isKnown = (await selectProduct(ctx.db.kysely, id)) !== undefined;
    const word = isKnown ? 'Updated' : 'Created';
    const { isWrittenHere, answers } = environmentAnswers(ctx, wanted, () => `${word}: ${id}`);
    if (isWrittenHere) await write(ctx, call, id, facts, ctx.clock.now());
    return answerByEnvironment(ctx, call, answers, {});
  }),
  admin('GET', '/tools/query/metadata/*', 'What a product page says', async (ctx, call) =>
    queryMetadata(ctx, call.user, lastPathPart(call.request, '/tools/query/metadata/'), call.correlationId),
  ),
  admin('GET', '/tools/backups', 'Backups kept', async (ctx) => ({ backups: await listBackups(ctx) })),
  admin('POST', '/tools/backups', 'Back up now', async (ctx, call) => runBackup(ctx, call.correlationId)),
  admin('DELETE', '/tools/backups/:name', 'Delete a backup', async (ctx, call) => {
    if (!(await deleteBackup(ctx, call.param('name')))) {
      throw errors.notFound('backup_not_found', 'No backup exists with this name.');
    }
    return { deleted: true };
  }),
];

function admin(
  method: Endpoint['method'],
  path: string,
  summary: string,
  handle: Endpoint['handle'],
): Endpoint {
  return { method, path, access: 'admin', summary, answer: Anything, handle };
}

async function replace(ctx: ListsContext, call: Call) {
  const facts = readFacts(call, { isComplete: false });
  const id = call.param('id');
  const { productId, listId } = await replaceNotFound(ctx, call.user, id, facts, call.correlationId);
  const typed = { S: productId };
  return {
    'products-product-created_succeeded': { productId: typed },
    'lists-notfound-deleted_succeeded': [`LIST#${listId} PRODUCT#${id}`],
    'lists-products-added_succeeded': [`LIST#${listId} PRODUCT#${productId}`],
    'notfound-product-deleted_succeeded': { productId: { S: id } },
  };
}

/** Body P of spec section 3.8. The older form leaves out product link and price. */
function readFacts(call: Call, { isComplete }: { isComplete: boolean }): CatalogueFacts {
  if (call.body.kind !== 'object') throw errors.toolsBodyMissing();
  const body = call.body.value;
  const needed = ['brand', 'details', 'retailer', 'imageUrl', ...(isComplete ? ['productUrl', 'price'] : [])];
  for (const name of needed) if (body[name] === undefined) throw errors.toolsAttributeMissing(name);
  const text = (name: string, most: number): string => {
    const value = body[name];
    if (!isText(value, most)) throw errors.toolsAttributeMissing(name);
    return value;
  };
  return {
    brand: text('brand', PRODUCT_LENGTHS.name),
    details: text('details', PRODUCT_LENGTHS.details),
    retailer: text('retailer', PRODUCT_LENGTHS.name),
    imageUrl: text('imageUrl', PRODUCT_LENGTHS.url),
    productUrl: body.productUrl === undefined ? undefined : text('productUrl', PRODUCT_LENGTHS.url),
    price: body.price === undefined || body.price === '' ? null : text('price', PRODUCT_LENGTHS.price),
    searchHidden: body.searchHidden === true,
  };
}

function readEnvironments(call: Call): string[] {
  const body = call.body.kind === 'object' ? call.body.value : {};
  for (const name of ENVIRONMENTS) if (body[name] === undefined) throw errors.toolsEnvironmentMissing(name);
  return ENVIRONMENTS.filter((name) => body[name] === true);
}

/** A development installation stands in for the test environment. */
function ownEnvironment(ctx: ListsContext): string {
  return ctx.config.environment === 'dev' ? 'test' : ctx.config.environment;
}

/** One installation is one environment: its own flag is honoured, and the others cannot be. */
function environmentAnswers(ctx: ListsContext, wanted: string[], success: () => string) {
  const own = ownEnvironment(ctx);
  const answers = wanted.map((name): [string, string] => [
    name,
    name === own ? success() : `Failed: this installation is ${own}, and no peer is configured for ${name}.`,
  ]);
  return { isWrittenHere: wanted.includes(own), answers: Object.fromEntries(answers) };
}

async function answerByEnvironment(
  ctx: ListsContext,
  call: Call,
  answers: Record<string, string>,
  more: Record<string, unknown>,
) {
  const hasFailed = Object.values(answers).some((answer) => answer.startsWith('Failed'));
  if (!hasFailed) return { ...more, ...answers };
  const error = 'There was an error when updating one or more environments.';
  const { profile } = await ctx.policy.current();
  return call.reply.code(profile === 'compat' ? 500 : 409).send({ ...more, error, ...answers });
}

async function write(
  ctx: ListsContext,
  call: Call,
  id: string,
  facts: CatalogueFacts,
  priceCheckedAt: Date | null,
): Promise<void> {
  const productUrl = facts.productUrl ?? '';
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const isNew = await upsertProduct(trx, {
      id,
      ...facts,
      productUrl,
      searchUrl: looseSearchUrl(productUrl),
      currency: null,
      isSearchHidden: facts.searchHidden,
      now: ctx.clock.now(),
      priceCheckedAt,
    });
    await recordCatalogueChange(ctx, trx, call.user, isNew ? 'product.created' : 'product.updated', id);
  });
}

async function requireProduct(ctx: ListsContext, id: string) {
  const product = await selectProduct(ctx.db.kysely, id);
  if (!product) throw errors.toolsProductMissing(id);
  return {
    ...presentProduct(product),
    ...(product.price_checked_at === null
      ? {}
      : { priceCheckedDate: product.price_checked_at.toISOString().slice(0, 19).replace('T', ' ') }),
    searchHidden: product.is_search_hidden,
  };
}
