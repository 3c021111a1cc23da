import { Type } from 'typebox';
import { knownReservations, rememberReservation } from '../accounts/sessions.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { readInteger, requireAttributes } from '../gateway/body.ts';
import type { Call, Endpoint } from '../gateway/endpoint.ts';
import { normaliseEmail } from '../gateway/text.ts';
import { presentReservation, ReservationShape } from '../gift-lists/wire.ts';
import { isTestTraffic } from '../kpi/kpi.ts';
import { speechFor } from '../pages/words/index.ts';
import { limit } from '../policy/rate-limit.ts';
import {
  changeQuantity,
  purchase,
  removeReservation,
  unreserve,
} from '../reservations/change-reservation.ts';
import { idempotencyKeyOf } from '../reservations/idempotency.ts';
import { selectArchivedReservation, selectReservation } from '../reservations/reservation-queries.ts';
import { reserve } from '../reservations/reserve.ts';

const NAME_LENGTH = 200;
const EMAIL_LENGTH = 254;

const ProductBody = Type.Object({
  type: Type.String(),
  brand: Type.String(),
  details: Type.String(),
  productUrl: Type.String(),
  imageUrl: Type.String(),
});

/** Spec sections 3.4.1 to 3.4.6. */
export const reservationEndpoints: Endpoint[] = [
  {
    method: 'POST',
    path: '/lists/:id/reserve/:productid/email/:email',
    access: 'public',
    summary: 'Reserve units of a gift',
    body: Type.Object({
      quantity: Type.Integer(),
      title: Type.String(),
      name: Type.Optional(Type.String({ description: 'Needed from guests' })),
      product: ProductBody,
    }),
    answer: Type.Object({ reservation_id: Type.String() }),
    handle: async (ctx, call) => reserveGift(ctx, call),
  },
  {
    method: 'PUT',
    path: '/lists/reserve/:id/email/:email',
    access: 'public',
    summary: 'Change the quantity of a reservation',
    body: Type.Object({ quantity: Type.Integer(), name: Type.Optional(Type.String()) }),
    answer: Type.Object({ updated: Type.Boolean() }),
    handle: async (ctx, call) => {
      await limit(ctx, 'claim', call.address);
      const id = call.param('id');
      const body = requireAttributes(call.body);
      if (body.quantity === undefined) throw errors.attributeMissing('quantity');
      const wanted = { quantity: readInteger(body.quantity), raw: body.quantity };
      await changeQuantity(ctx, id, requestorOf(call), wanted, traceOf(call));
      return { updated: true };
    },
  },
  {
    method: 'DELETE',
    path: '/lists/reserve/:id/email/:email',
    access: 'public',
    summary: 'Release a reservation',
    answer: Type.Object({ unreserved: Type.Boolean() }),
    handle: async (ctx, call) => {
      await limit(ctx, 'claim', call.address);
      await unreserve(ctx, call.param('id'), requestorOf(call), traceOf(call));
      return { unreserved: true };
    },
  },
  {
    method: 'PUT',
    path: '/lists/purchase/:reservationid/email/:email',
    access: 'public',
    summary: 'Say that a reserved gift was bought',
    body: Type.Object({ product: ProductBody }),
    answer: Type.Object({ purchased: Type.Boolean() }),
    handle: async (ctx, call) => {
      await limit(ctx, 'claim', call.address);
      const id = call.param('reservationid');
      const requestor = requestorOf(call);
      const { product } = requireAttributes(call.body);
      if (product === undefined) throw errors.attributeMissing('product');
      await purchase(ctx, id, requestor, { ...traceOf(call), fallback: factsIn(product) });
      return { purchased: true };
    },
  },
  {
    method: 'GET',
    path: '/lists/reservation/:id',
    access: 'public',
    summary: 'A reservation by its id',
    answer: ReservationShape,
    handle: async (ctx, call) => {
      await limit(ctx, 'lookup', call.address);
      const id = call.param('id');
      const reservation = await selectReservation(ctx.db.kysely, id);
      if (reservation) return presentReservation(reservation);
      const archived = await selectArchivedReservation(ctx.db.kysely, id);
      if (!archived) throw errors.reservationMissing();
      return archived;
    },
  },
  {
    method: 'DELETE',
    path: '/lists/reservation/:id',
    access: 'public',
    summary: 'Delete a reservation',
    answer: Type.Object({ deleted: Type.Boolean() }),
    handle: async (ctx, call) => {
      const id = call.param('id');
      await checkMayDelete(ctx, call, id);
      await removeReservation(ctx, id, traceOf(call));
      return { deleted: true };
    },
  },
];

/** The order of the checks is the contract's: spec section 3.4.1. */
async function reserveGift(ctx: ListsContext, call: Call) {
  await limit(ctx, 'claim', call.address);
  const listId = call.param('id');
  const body = requireAttributes(call.body);
  if (body.title === undefined) throw errors.attributeMissing('title');
  const productId = call.param('productid');
  if (body.product === undefined) throw errors.attributeMissing('product');
  if (body.quantity === undefined) throw errors.attributeMissing('quantity');
  const email = normaliseEmail(call.param('email')).slice(0, EMAIL_LENGTH);
  const facts = factsIn(body.product);
  const { reservationId } = await reserve(ctx, {
    listId,
    productId,
    email,
    name: nameIn(body.name),
    quantity: readInteger(body.quantity),
    rawQuantity: body.quantity,
    productType: facts.type,
    fallback: facts,
    idempotencyKey: idempotencyKeyOf(call),
    callerId: call.caller?.userId,
    correlationId: call.correlationId,
    isTest: isTestTraffic(call),
    locale: speechFor(call.request, call.caller).locale,
  });
  // Only browsers say where a request comes from, and only they keep the proof.
  if (call.request.headers['sec-fetch-site'] !== undefined) {
    rememberReservation(ctx, call.request, call.reply, reservationId);
  }
  return { reservation_id: reservationId };
}

/** `authorised`: the holder, the list's owner, or an administrator. */
async function checkMayDelete(ctx: ListsContext, call: Call, id: string): Promise<void> {
  const reservation = await selectReservation(ctx.db.kysely, id);
  if (!reservation) throw errors.reservationMissing();
  const { reservationDelete } = await ctx.policy.current();
  if (reservationDelete === 'open') return;
  const { caller } = call;
  const isHolder =
    knownReservations(call.request).has(id) ||
    (caller !== undefined && [reservation.holder_key, reservation.user_id].includes(caller.userId));
  const isOwner = caller?.userId === reservation.list_owner_id;
  if (!isHolder && !isOwner && !caller?.roles.includes('admin')) throw errors.reservationNotDeleted();
}

function requestorOf(call: Call) {
  const hasBody = call.body.kind === 'object';
  return {
    raw: call.param('email'),
    guestName: { isNeeded: hasBody, value: call.body.kind === 'object' ? call.body.value.name : undefined },
  };
}

function traceOf(call: Call) {
  return { correlationId: call.correlationId, isTest: isTestTraffic(call) };
}

function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, NAME_LENGTH) : undefined;
}

function factsIn(product: unknown): Record<string, unknown> {
  return typeof product === 'object' && product !== null ? (product as Record<string, unknown>) : {};
}
