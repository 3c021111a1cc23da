import { Type } from 'typebox';
import { selectUser } from '../accounts/account-queries.ts';
import { knownReservations } from '../accounts/sessions.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { requireObject } from '../gateway/body.ts';
import type { Call, Endpoint } from '../gateway/endpoint.ts';
import { createList, removeList, replaceDetails, setListState } from '../gift-lists/gift-list.ts';
import { selectListsOfOwner, selectWholeList } from '../gift-lists/gift-list-queries.ts';
import { forManager, forShared, type Viewer } from '../gift-lists/visibility.ts';
import {
  ListProductShape,
  ListShape,
  presentGift,
  presentList,
  presentReservation,
  presentUser,
  ReservationShape,
} from '../gift-lists/wire.ts';
import { isTestTraffic } from '../kpi/kpi.ts';
import { onceForKey } from '../reservations/idempotency.ts';

const LIST_KEYS = ['title', 'description', 'eventDate', 'occasion', 'imageUrl'];

export function viewerOf(call: Call): Viewer {
  return {
    userId: call.caller?.userId,
    isAdmin: call.caller?.roles.includes('admin') ?? false,
    knownReservations: knownReservations(call.request),
  };
}

/** Spec sections 3.3.1 to 3.3.7. */
export const listEndpoints: Endpoint[] = [
  {
    method: 'GET',
    path: '/lists',
    access: 'user',
    summary: 'Lists of the caller, open and closed',
    answer: Type.Object({
      user: Type.Union([
        Type.Object({ userId: Type.String(), email: Type.String(), name: Type.String() }),
        Type.Null(),
      ]),
      owned: Type.Array(ListShape),
      closed: Type.Array(ListShape),
    }),
    handle: async (ctx, { user }) => {
      const row = await selectUser(ctx.db.kysely, user.userId);
      const lists = await selectListsOfOwner(ctx.db.kysely, user.userId);
      return {
        user: row ? presentUser(row) : null,
        owned: lists.filter((list) => list.state === 'open').map(presentList),
        closed: lists.filter((list) => list.state === 'closed').map(presentList),
      };
    },
  },
  {
    method: 'POST',
    path: '/lists',
    access: 'user',
    summary: 'Create a list',
    body: Type.Object({
      title: Type.String(),
      description: Type.String(),
      occasion: Type.String(),
      imageUrl: Type.String(),
      eventDate: Type.Optional(Type.String({ description: 'DD MMMM YYYY' })),
    }),
    answer: Type.Object({ listId: Type.String() }),
    handle: async (ctx, call) => {
      if (call.user.email === undefined) throw errors.noUser();
      const body = requireObject(call.body);
      for (const name of ['title', 'occasion', 'description', 'imageUrl']) {
        if (body[name] === undefined) throw errors.fieldMissing(name);
      }
      const { title, occasion, description, imageUrl, eventDate } = body;
      return onceForKey(ctx, call, async () => ({
        listId: await createList(
          ctx,
          call.user,
          { title, occasion, description, imageUrl, eventDate },
          { correlationId: call.correlationId, isTest: isTestTraffic(call) },
        ),
      }));
    },
  },
  {
    method: 'PUT',
    path: '/lists/:id',
    access: 'user',
    summary: 'Replace the details of a list',
    body: Type.Object(Object.fromEntries(LIST_KEYS.map((key) => [key, Type.String()]))),
    answer: Type.Array(
      Type.Object({
        PK: Type.String(),
        SK: Type.String(),
        updates: Type.Record(Type.String(), Type.String()),
      }),
    ),
    handle: async (ctx, call) => {
      const id = call.param('id');
      const body = requireObject(call.body);
      const keys = Object.keys(body);
      if (keys.length !== LIST_KEYS.length || !LIST_KEYS.every((key) => keys.includes(key))) {
        throw errors.listKeysUnexpected();
      }
      const { ownerId, updates } = await replaceDetails(ctx, call.user, id, body, call.correlationId);
      return [{ PK: `LIST#${id}`, SK: `USER#${ownerId}`, updates }];
    },
  },
  {
    method: 'DELETE',
    path: '/lists/:id',
    access: 'user',
    summary: 'Delete a list with all that is on it',
    answer: Type.Object({ deleted: Type.Boolean(), listId: Type.String(), count: Type.Integer() }),
    handle: async (ctx, call) => {
      const id = call.param('id');
      const count = await removeList(ctx, call.user, id, call.correlationId);
      return { deleted: true, listId: id, count };
    },
  },
  {
    method: 'POST',
    path: '/lists/:id/close',
    access: 'user',
    summary: 'Close a list',
    answer: Type.Object({ closed: Type.Boolean(), listId: Type.String() }),
    handle: async (ctx, call) => {
      const id = call.param('id');
      await setListState(ctx, call.user, id, 'closed', call.correlationId);
      return { closed: true, listId: id };
    },
  },
  {
    method: 'GET',
    path: '/lists/:id/shared',
    access: 'public',
    summary: 'A list as visitors see it',
    answer: Type.Object({
      list: ListShape,
      products: Type.Record(Type.String(), ListProductShape),
      reserved: Type.Record(Type.String(), Type.Record(Type.String(), Type.Array(ReservationShape))),
    }),
    handle: async (ctx, call) => getShared(ctx, call),
  },
];

export const OwnListShape = Type.Object({
  list: ListShape,
  products: Type.Record(Type.String(), ListProductShape),
  reserved: Type.Array(ReservationShape),
});

/** GET /lists/{id}: its route is shared with the page at the same address. */
export async function getOwnList(ctx: ListsContext, call: Call) {
  const id = call.param('id');
  const whole = await selectWholeList(ctx.db.kysely, id, call.user.userId);
  if (!whole) throw errors.listMissing(id);
  if (whole.list.owner_id !== call.user.userId && !whole.list.co_owner) {
    throw errors.notOwner(call.user.userId, id);
  }
  const seen = forManager(whole, viewerOf(call), ctx.clock.now());
  return {
    list: presentList(seen.list),
    products: Object.fromEntries(seen.gifts.map((gift) => [gift.product_id, presentGift(gift)])),
    reserved: seen.reservations.map(presentReservation),
  };
}

async function getShared(ctx: ListsContext, call: Call) {
  const id = call.param('id');
  const whole = await selectWholeList(ctx.db.kysely, id, call.caller?.userId);
  if (!whole) throw errors.listMissing(id);
  const { sharedView } = await ctx.policy.current();
  const shared = forShared(whole, viewerOf(call), {
    view: sharedView,
    now: ctx.clock.now(),
    pseudonym: (holderKey) => ctx.secrets.pseudonym(id, holderKey),
  });
  const reserved: Record<string, Record<string, ReturnType<typeof presentReservation>[]>> = {};
  // In the order of the names they have here: another would tell whose address comes first.
  for (const { key, reservation } of shared.reservations.toSorted((a, b) =>
    a.key < b.key ? -1 : a.key > b.key ? 1 : 0,
  )) {
    const holders = reserved[reservation.product_id] ?? {};
    reserved[reservation.product_id] = holders;
    holders[key] = [...(holders[key] ?? []), presentReservation(reservation)];
  }
  return {
    list: presentList(shared.list),
    products: Object.fromEntries(shared.gifts.map((gift) => [gift.product_id, presentGift(gift)])),
    reserved,
  };
}
