import { Type } from 'typebox';
import type { Handle } from '#platform/db';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { isText } from '../gateway/body.ts';
import type { Call, Endpoint } from '../gateway/endpoint.ts';
import { addCoOwner, describeCoOwners, removeCoOwner } from '../gift-lists/co-owners.ts';
import { parseEventDate } from '../gift-lists/event-date.ts';
import {
  changeList,
  createList,
  isCurrency,
  LENGTHS,
  requireOwnList,
  setListState,
} from '../gift-lists/gift-list.ts';
import {
  type ListChange,
  selectListsOfCoOwner,
  selectListsOfOwner,
  selectWholeList,
} from '../gift-lists/gift-list-queries.ts';
import { ViewShape, viewList } from '../gift-lists/view.ts';
import { presentList, presentNotFound, presentProduct } from '../gift-lists/wire.ts';
import { addGiftTo, editGift } from '../gifts/gift.ts';
import { updateOrder } from '../gifts/gift-queries.ts';
import { isTestTraffic } from '../kpi/kpi.ts';
import { lookUp } from '../lookup/lookup.ts';
import { speechFor } from '../pages/words/index.ts';
import { createNotFound } from '../products/product.ts';
import { selectNotFoundProducts, selectProducts } from '../products/product-queries.ts';
import { onceForKey } from '../reservations/idempotency.ts';
import { viewerOf } from './contract-lists.ts';

const text = Type.String();
const Anything = Type.Object({}, { additionalProperties: true });
const MOST_IDS = 100;

const bodyOf = (call: Call): Record<string, unknown> => (call.body.kind === 'object' ? call.body.value : {});

const GiftFields = Type.Object({
  quantity: Type.Integer(),
  notes: Type.Optional(text),
  mostWanted: Type.Optional(Type.Boolean()),
  groupTarget: Type.Optional(
    Type.Union([Type.Integer({ description: "Smallest coins of the list's currency" }), Type.Null()]),
  ),
});

/** Spec section 3.10, and what goes beyond it: most wanted, group gifts, co-owners. */
export const nativeListEndpoints: Endpoint[] = [
  {
    method: 'POST',
    path: '/my/lists',
    access: 'user',
    summary: 'Create a list with surprise and currency',
    body: Type.Object({
      title: text,
      description: Type.Optional(text),
      occasion: text,
      imageUrl: Type.Optional(text),
      eventDate: Type.Optional(text),
      surprise: Type.Optional(Type.Boolean()),
      currency: Type.Optional(text),
    }),
    answer: Type.Object({ listId: text }),
    status: 201,
    handle: async (ctx, call) => {
      if (call.user.email === undefined) throw errors.noUser();
      const body = bodyOf(call);
      const imageUrl = body.imageUrl ?? pictureFor(ctx, body.occasion);
      const input = { ...newListFields(body), imageUrl, description: body.description ?? '' };
      const trace = { correlationId: call.correlationId, isTest: isTestTraffic(call) };
      return onceForKey(ctx, call, async () => ({ listId: await createList(ctx, call.user, input, trace) }));
    },
  },
  {
    method: 'GET',
    path: '/my/lists',
    access: 'user',
    summary: 'Own lists and lists managed with others',
    answer: Anything,
    handle: async (ctx, { user }) => {
      const shown = (list: Parameters<typeof presentList>[0]) => ({
        ...presentList(list),
        surprise: list.surprise,
      });
      return {
        owned: (await selectListsOfOwner(ctx.db.kysely, user.userId)).map(shown),
        coOwned: (await selectListsOfCoOwner(ctx.db.kysely, user.userId)).map(shown),
      };
    },
  },
  {
    method: 'GET',
    path: '/lists/:id/view',
    access: 'public',
    summary: 'Everything a list page shows, for whoever asks, in one answer',
    answer: ViewShape,
    handle: async (ctx, call) => {
      const id = call.param('id');
      const whole = await selectWholeList(ctx.db.kysely, id, call.caller?.userId);
      if (!whole) throw errors.listMissing(id);
      const { sharedView } = await ctx.policy.current();
      return viewList(ctx, whole, viewerOf(call), sharedView);
    },
  },
  {
    method: 'PATCH',
    path: '/lists/:id',
    access: 'user',
    summary: 'Change some details, the surprise or the currency',
    body: Type.Partial(
      Type.Object({
        title: text,
        description: text,
        occasion: text,
        imageUrl: text,
        eventDate: Type.Union([text, Type.Null()]),
        surprise: Type.Boolean(),
        revealAt: Type.Union([text, Type.Null()]),
        currency: text,
      }),
    ),
    answer: Type.Object({ listId: text, changed: Type.Array(text) }),
    handle: async (ctx, call) => {
      const id = call.param('id');
      await requireOwnList(ctx.db.kysely, call.user, id, { allowCoOwner: true });
      await changeList(ctx, call.user, id, call.correlationId, readChange(bodyOf(call)));
      return { listId: id, changed: Object.keys(bodyOf(call)) };
    },
  },
  {
    method: 'POST',
    path: '/lists/:id/reopen',
    access: 'user',
    summary: 'Open a closed list again',
    answer: Type.Object({ reopened: Type.Boolean(), listId: text }),
    handle: async (ctx, call) => {
      const id = call.param('id');
      await setListState(ctx, call.user, id, 'open', call.correlationId);
      return { reopened: true, listId: id };
    },
  },
  {
    method: 'PATCH',
    path: '/lists/:id/order',
    access: 'user',
    summary: 'Put gifts into the order of their ids',
    body: Type.Object({ productIds: Type.Array(text) }),
    answer: Type.Object({ ordered: Type.Integer() }),
    handle: async (ctx, call) => {
      const id = call.param('id');
      const { productIds } = bodyOf(call);
      if (
        !Array.isArray(productIds) ||
        productIds.length > 500 ||
        !productIds.every((one) => isText(one, 200))
      ) {
        throw errors.invalid('product_ids_invalid', 'productIds must be an array of product ids.');
      }
      const ordered = await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
        await requireOwnList(trx, call.user, id, { lock: 'share', allowCoOwner: true });
        return updateOrder(trx, id, [...new Set(productIds)]);
      });
      return { ordered };
    },
  },
  {
    method: 'POST',
    path: '/lists/:id/products',
    access: 'user',
    summary: 'Note a product the catalogue lacks and add it, together',
    body: Type.Intersect([
      GiftFields,
      Type.Object({
        brand: text,
        details: text,
        url: Type.Optional(text),
        imageUrl: Type.Optional(text),
        price: Type.Optional(text),
        currency: Type.Optional(text),
      }),
    ]),
    answer: Type.Object({ productId: text }),
    status: 201,
    handle: async (ctx, call) => {
      const { quantity = 1, notes, mostWanted, groupTarget, ...product } = bodyOf(call);
      const input = { quantity, productType: 'notfound' as const, notes, mostWanted, groupTarget };
      const trace = { correlationId: call.correlationId, isTest: isTestTraffic(call) };
      const { user } = call;
      const productId = await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
        const list = await requireOwnList(trx, user, call.param('id'), { lock: 'share', allowCoOwner: true });
        const facts = { ...product, url: product.url ?? '' };
        const created = await createNotFound(ctx, trx, user, facts, call.correlationId);
        await addGiftTo(ctx, trx, { list, caller: user, productId: created, input, trace });
        return created;
      });
      return { productId };
    },
  },
  {
    method: 'PATCH',
    path: '/lists/:id/product/:productid',
    access: 'user',
    summary: 'Change a gift: quantity, note, most wanted, or how many give it together',
    body: Type.Partial(GiftFields),
    answer: Type.Object({ quantity: Type.Optional(Type.Integer()), notes: Type.Optional(text) }),
    handle: async (ctx, call) => {
      const key = { listId: call.param('id'), productId: call.param('productid') };
      const { quantity, notes, mostWanted, groupTarget } = bodyOf(call);
      return editGift(ctx, call.user, key, { quantity, notes, mostWanted, groupTarget }, call.correlationId);
    },
  },
  {
    method: 'GET',
    path: '/lists/:id/co-owners',
    access: 'user',
    summary: 'Who manages the list with its owner',
    answer: Anything,
    handle: async (ctx, call) => {
      await requireOwnList(ctx.db.kysely, call.user, call.param('id'), { allowCoOwner: true });
      return { coOwners: await describeCoOwners(ctx, call.param('id')) };
    },
  },
  {
    method: 'POST',
    path: '/lists/:id/co-owners',
    access: 'user',
    summary: 'Add a co-owner by address; without `seesClaims` they never learn what is reserved',
    body: Type.Object({ email: text, seesClaims: Type.Optional(Type.Boolean()) }),
    answer: Anything,
    status: 201,
    handle: async (ctx, call) => {
      const { email, seesClaims } = bodyOf(call);
      const { locale } = speechFor(call.request, call.caller);
      const { correlationId } = call;
      await addCoOwner(ctx, call.user, call.param('id'), { email, seesClaims }, { correlationId, locale });
      return { coOwners: await describeCoOwners(ctx, call.param('id')) };
    },
  },
  {
    method: 'DELETE',
    path: '/lists/:id/co-owners/:email',
    access: 'user',
    summary: 'Remove a co-owner, or leave',
    answer: Type.Object({ removed: Type.Boolean() }),
    handle: async (ctx, call) => {
      await removeCoOwner(ctx, call.user, call.param('id'), call.param('email'));
      return { removed: true };
    },
  },
  {
    method: 'GET',
    path: '/articles',
    access: 'public',
    summary: 'Published articles in the order of their index',
    answer: Anything,
    handle: async (ctx) => ({
      articles: (await ctx.articles.index()).map(({ slug, title, description_short, img }) => ({
        slug,
        title,
        description: description_short,
        image: img ?? null,
      })),
    }),
  },
  {
    method: 'GET',
    path: '/products/batch',
    access: 'public',
    summary: 'Up to 100 products by id (query: ids, type)',
    answer: Type.Object({ products: Type.Record(Type.String(), Anything) }),
    handle: async (ctx, { query }) => {
      const ids = [...new Set((query.ids ?? '').split(',').filter((id) => id !== ''))];
      if (ids.length > MOST_IDS)
        throw errors.invalid('too_many_ids', `Ask for at most ${MOST_IDS} ids at a time.`);
      const shown =
        query.type === 'notfound'
          ? (await selectNotFoundProducts(ctx.db.kysely, ids)).map((row) => [row.id, presentNotFound(row)])
          : (await selectProducts(ctx.db.kysely, ids)).map((row) => [row.id, presentProduct(row)]);
      return { products: Object.fromEntries(shown) };
    },
  },
  {
    method: 'POST',
    path: '/products/lookup',
    access: 'user',
    summary:
      'What is known of a pasted link: catalogue product, page facts, or the manual form with the reason why',
    body: Type.Object({ url: text }),
    answer: Anything,
    handle: async (ctx, call) => {
      const { url } = bodyOf(call);
      if (!isText(url, 8_192, 1)) throw errors.invalid('url_missing', 'Paste the address of the product.');
      const found = await lookUp(ctx, call.user, url, call.correlationId);
      return found.outcome === 'catalogue' ? { ...found, product: presentProduct(found.product) } : found;
    },
  },
];

function newListFields(body: Record<string, unknown>) {
  const { title, occasion, eventDate, surprise, currency } = body;
  return { title, occasion, eventDate, surprise, currency };
}

/** The picture that follows the occasion: spec section 6.5. */
export function pictureFor(ctx: Pick<ListsContext, 'config'>, occasion: unknown): string {
  const name = typeof occasion === 'string' ? occasion.toLowerCase().replaceAll(/\s+/g, '') : 'other';
  const known = ['babyshower', 'birthday', 'christmas', 'baptism', 'christening', 'other'];
  return `${ctx.config.imagePrefix}/images/${known.includes(name) ? name : 'other'}-default-2.png`;
}

function readChange(body: Record<string, unknown>): ListChange {
  const change: ListChange = {};
  const read = (
    name: 'title' | 'description' | 'occasion' | 'imageUrl',
    least: number,
  ): string | undefined => {
    const value = body[name];
    if (value === undefined) return undefined;
    if (isText(value, LENGTHS[name], least)) return value;
    throw errors.invalid(
      `${name}_invalid`,
      `${name} must be a text of ${least} to ${LENGTHS[name]} characters.`,
    );
  };
  const title = read('title', 1);
  const description = read('description', 0);
  const occasion = read('occasion', 0);
  const imageUrl = read('imageUrl', 0);
  if (title !== undefined) change.title = title;
  if (description !== undefined) change.description = description;
  if (occasion !== undefined) change.occasion = occasion;
  if (imageUrl !== undefined) change.image_url = imageUrl;
  if (body.eventDate !== undefined) {
    const date = body.eventDate || 'None';
    if (!isText(date, LENGTHS.eventDate))
      throw errors.invalid('event_date_invalid', 'eventDate must be a text.');
    change.event_date_text = date;
    change.event_date = parseEventDate(date);
  }
  if (body.surprise !== undefined) {
    if (typeof body.surprise !== 'boolean')
      throw errors.invalid('surprise_invalid', 'surprise must be true or false.');
    change.surprise = body.surprise;
  }
  if (body.revealAt !== undefined) change.reveal_at = readTime(body.revealAt);
  if (body.currency !== undefined) {
    if (!isCurrency(body.currency))
      throw errors.invalid('currency_invalid', 'currency must be a code such as GBP.');
    change.currency = body.currency;
  }
  return change;
}

function readTime(value: unknown): Date | null {
  if (value === null) return null;
  const time = typeof value === 'string' ? new Date(value) : undefined;
  const isUsable =
    time !== undefined && !Number.isNaN(time.getTime()) && Math.abs(time.getFullYear()) < 10_000;
  if (!isUsable)
    throw errors.invalid('reveal_at_invalid', 'revealAt must be a time such as 2027-05-03T18:00:00Z.');
  return time;
}
