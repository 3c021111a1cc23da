import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { knownReservations, rememberReservation } from '../accounts/sessions.ts';
import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import type { Call, Endpoint } from '../gateway/endpoint.ts';
import { mustNotKnow } from '../gift-lists/visibility.ts';
import { isTestTraffic } from '../kpi/kpi.ts';
import { speechFor } from '../pages/words/index.ts';
import { limit } from '../policy/rate-limit.ts';
import { type MineRow, selectMine, selectReservationPage } from '../reservations/mine-queries.ts';
import { pledge, pledgesFor, withdraw } from '../reservations/pledge.ts';
import { revertPurchase } from '../reservations/revert.ts';
import { thank } from '../reservations/thanks.ts';
import { UNDO_MS, undo } from '../reservations/undo.ts';

const text = Type.String();
const Anything = Type.Object({}, { additionalProperties: true });

const bodyOf = (call: Call): Record<string, unknown> => (call.body.kind === 'object' ? call.body.value : {});

/** Spec section 3.10 and what goes beyond it: undo, thank-you notes, pledges. */
export const nativeReservationEndpoints: Endpoint[] = [
  {
    method: 'GET',
    path: '/reservations/:id/view',
    access: 'public',
    summary: 'A reservation with its gift and list, in one answer',
    answer: Anything,
    handle: async (ctx, call) => {
      await limit(ctx, 'lookup', call.address);
      const row = await selectReservationPage(ctx.db.kysely, call.param('id'));
      if (!row) throw errors.reservationMissing();
      rememberReservation(ctx, call.request, call.reply, row.id);
      const { wanted, gift_reserved, gift_purchased, updated_at } = row;
      const sinceChange = ctx.clock.now().getTime() - updated_at.getTime();
      return {
        ...presentMine(row),
        name: row.name,
        email: row.email,
        price: row.price,
        currency: row.currency,
        retailer: row.retailer,
        notes: row.notes,
        wanted,
        remaining: Math.max(0, wanted - gift_reserved - gift_purchased),
        canUndo: row.state !== 'reserved' && sinceChange < UNDO_MS,
      };
    },
  },
  {
    method: 'POST',
    path: '/reservations/:id/undo',
    access: 'public',
    summary: 'Take the last step of a reservation back, within a day',
    answer: Type.Object({ state: text }),
    handle: async (ctx, call) => {
      await limit(ctx, 'claim', call.address);
      const trace = { correlationId: call.correlationId, isTest: isTestTraffic(call) };
      return { state: await undo(ctx, call.param('id'), trace) };
    },
  },
  {
    method: 'POST',
    path: '/lists/:id/reservations/:rid/thanks',
    access: 'user',
    summary: 'Send the giver a thank-you note',
    body: Type.Object({ message: text }),
    answer: Type.Object({ sent: Type.Boolean() }),
    handle: async (ctx, call) => {
      const key = { listId: call.param('id'), reservationId: call.param('rid') };
      await thank(ctx, call.user, key, bodyOf(call).message, call.correlationId);
      return { sent: true };
    },
  },
  {
    method: 'POST',
    path: '/lists/:id/reservations/:rid/revert',
    access: 'user',
    summary: 'Make a purchase a reservation again, as the owner or an administrator',
    answer: Type.Object({ state: text }),
    handle: async (ctx, call) => {
      const key = { listId: call.param('id'), reservationId: call.param('rid') };
      await revertPurchase(ctx, call.user, key, call.correlationId);
      return { state: 'reserved' };
    },
  },
  {
    method: 'POST',
    path: '/lists/:id/pledge/:productid',
    access: 'public',
    summary: 'Promise a part of a gift that many give together',
    body: Type.Object({ amount: Type.Integer(), name: Type.Optional(text), email: Type.Optional(text) }),
    answer: Type.Object({ pledgeId: text }),
    status: 201,
    handle: async (ctx, call) => {
      await limit(ctx, 'claim', call.address);
      const key = { listId: call.param('id'), productId: call.param('productid') };
      const { amount, name, email } = bodyOf(call);
      const { locale } = speechFor(call.request, call.caller);
      const { correlationId } = call;
      return pledge(ctx, call.caller, key, { amount, name, email }, { correlationId, locale });
    },
  },
  {
    method: 'GET',
    path: '/lists/:id/pledges',
    access: 'user',
    summary: 'Who gives what, for those who manage the list and may know',
    answer: Anything,
    handle: async (ctx, call) => ({ pledges: await pledgesFor(ctx, call.user, call.param('id')) }),
  },
  {
    method: 'DELETE',
    path: '/pledges/:id',
    access: 'public',
    summary: 'Withdraw a pledge',
    answer: Type.Object({ withdrawn: Type.Boolean() }),
    handle: async (ctx, call) => {
      await limit(ctx, 'claim', call.address);
      await withdraw(ctx, call.param('id'), call.correlationId);
      return { withdrawn: true };
    },
  },
  {
    method: 'POST',
    path: '/client-errors',
    access: 'public',
    summary: 'An error a browser met: counted, and logged without personal data',
    body: Type.Object({ message: text, source: Type.Optional(text) }),
    answer: Type.Object({}),
    status: 202,
    handle: async (ctx, call) => {
      await limit(ctx, 'claim', `errors ${call.address}`);
      ctx.metrics.clientErrors.inc();
      const { message, source } = bodyOf(call);
      ctx.log.warn(
        { clientError: withoutPersonalData(message), source: withoutPersonalData(source) },
        'browser reported an error',
      );
    },
  },
];

/** GET /reservations/mine: its route is shared with the page of the same address. */
export async function listMine(ctx: ListsContext, caller: Caller | undefined, request: FastifyRequest) {
  const now = ctx.clock.now();
  const found = await selectMine(ctx.db.kysely, {
    userId: caller?.userId,
    ids: [...knownReservations(request)],
  });
  // A guest may have reserved in this browser before the owner of the list signed in: the surprise holds here, too.
  const rows = found.filter(
    (row) => row.user_id === caller?.userId || !mustNotKnow(row, { userId: caller?.userId }, now),
  );
  const byList = new Map<
    string,
    { listId: string; title: string; eventDate: string | null; state: string; reservations: unknown[] }
  >();
  for (const row of rows) {
    const group = byList.get(row.list_id) ?? {
      listId: row.list_id,
      title: row.list_title,
      eventDate: row.event_date_text,
      state: row.list_state,
      reservations: [],
    };
    byList.set(row.list_id, group);
    group.reservations.push(presentMine(row));
  }
  return { lists: [...byList.values()] };
}

function presentMine(row: MineRow) {
  return {
    reservationId: row.id,
    state: row.state,
    quantity: row.quantity,
    listId: row.list_id,
    listTitle: row.list_title,
    listState: row.list_state,
    productId: row.product_id,
    brand: row.brand,
    details: row.details,
    productUrl: row.product_url,
    imageUrl: row.image_url,
    reservedAt: row.reserved_at.toISOString(),
  };
}

function withoutPersonalData(value: unknown): string {
  return typeof value === 'string'
    ? value
        .slice(0, 300)
        .replaceAll(/\S+@\S+/g, '[address]')
        .replaceAll(/[\w-]{30,}/g, '[id]')
    : '';
}
