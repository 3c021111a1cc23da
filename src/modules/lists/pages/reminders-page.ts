import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isOwnPage, resolveCaller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { decodeLeniently, storable } from '../gateway/text.ts';
import { selectReservation } from '../reservations/reservation-queries.ts';
import { insertReminderRefusal } from '../tasks/task-queries.ts';
import { html } from './html.ts';
import { type PageFrame, sendPage } from './layout.ts';
import { notFoundPage } from './not-found-page.ts';
import { frameFor } from './shared-list-page.ts';

/** Where reminders lead who wants none (spec section 5.3). It asks first: mail programs open links by themselves. */
export function registerRemindersPage(app: FastifyInstance, ctx: ListsContext): void {
  app.get('/reserve/:id/reminders', { schema: { hide: true } }, async (request, reply) => {
    const { frame, reservation } = await open(ctx, request);
    return reservation ? ask(frame, reply) : notFoundPage(frame, reply);
  });
  app.post('/reserve/:id/reminders', { schema: { hide: true } }, async (request, reply) => {
    const { frame, reservation } = await open(ctx, request);
    if (!reservation || !isOwnPage(request)) return notFoundPage(frame, reply);
    await insertReminderRefusal(ctx.db.kysely, reservation.email, ctx.clock.now());
    return confirm(frame, reply, reservation.id);
  });
}

async function open(ctx: ListsContext, request: FastifyRequest) {
  const { caller } = await resolveCaller(ctx, request);
  const { id = '' } = request.params as { id?: string };
  const reservation = await selectReservation(ctx.db.kysely, storable(decodeLeniently(id)));
  return { frame: frameFor(ctx, request, caller), reservation };
}

function ask(frame: PageFrame, reply: FastifyReply) {
  const { words } = frame.speech;
  return sendPage(frame, reply, {
    title: words.remindersTitle,
    isPrivate: true,
    main: html`<div class="narrow"><h1>${words.remindersTitle}</h1><p>${words.remindersAsk}</p>
<form method="post"><button class="button">${words.remindersYes}</button></form></div>`,
  });
}

function confirm(frame: PageFrame, reply: FastifyReply, reservationId: string) {
  const { words } = frame.speech;
  return sendPage(frame, reply, {
    title: words.remindersTitle,
    isPrivate: true,
    main: html`<div class="narrow"><h1>${words.remindersTitle}</h1><p role="status">${words.remindersDone}</p>
<p><a class="button quiet" href="${frame.base}/reserve/${reservationId}">${words.reservationTitle}</a></p></div>`,
  });
}
