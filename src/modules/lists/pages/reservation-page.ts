import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { rememberReservation } from '../accounts/sessions.ts';
import { isOwnPage, resolveCaller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { ListsError } from '../errors.ts';
import { readInteger } from '../gateway/body.ts';
import { decodeLeniently, storable } from '../gateway/text.ts';
import { limit } from '../policy/rate-limit.ts';
import { changeQuantity, purchase, unreserve } from '../reservations/change-reservation.ts';
import { type ReservationPageRow, selectReservationPage } from '../reservations/mine-queries.ts';
import { selectWithdrawn } from '../reservations/reservation-queries.ts';
import { UNDO_MS, undo } from '../reservations/undo.ts';
import { readForm } from './form.ts';
import { webUrl } from './gift-card.ts';
import { type Html, html } from './html.ts';
import { type PageFrame, sendPage } from './layout.ts';
import { notFoundPage } from './not-found-page.ts';
import { giftSummary, wordsFor } from './reserve-page.ts';
import { frameFor } from './shared-list-page.ts';

/** The page behind the link in the e-mail: buy, confirm, change, release, take back (spec section 12.11). */
export function registerReservationPage(app: FastifyInstance, ctx: ListsContext): void {
  app.get('/reserve/:id', { schema: { hide: true } }, async (request, reply) => {
    const { frame, row, id } = await open(ctx, request);
    if (!row) return showGone(frame, reply, await selectWithdrawn(ctx.db.kysely, id));
    rememberReservation(ctx, request, reply, row.id);
    return show(frame, reply, row, noteIn(frame));
  });
  app.post('/reserve/:id', { schema: { hide: true } }, async (request, reply) => {
    const { frame, row } = await open(ctx, request);
    if (!row || !isOwnPage(request)) return notFoundPage(frame, reply);
    try {
      await limit(ctx, 'claim', request.ip);
      const note = await act(ctx, row, readForm(request), storable(request.id));
      return await reply.redirect(`${frame.base}/reserve/${row.id}${note}`, 303);
    } catch (error) {
      if (!(error instanceof ListsError)) throw error;
      const fresh = (await selectReservationPage(ctx.db.kysely, row.id)) ?? row;
      // Done already, in another window or by a double click: the page shows how things stand now.
      const isSettled = error.code.startsWith('reservation_');
      return show(
        frame,
        reply,
        fresh,
        isSettled ? '' : wordsFor(error, frame.speech.words),
        isSettled ? 200 : error.status,
      );
    }
  });
}

async function open(ctx: ListsContext, request: FastifyRequest) {
  const { caller } = await resolveCaller(ctx, request);
  const frame = frameFor(ctx, request, caller);
  const { id = '' } = request.params as { id?: string };
  const storableId = storable(decodeLeniently(id));
  const row = await selectReservationPage(ctx.db.kysely, storableId);
  return { frame, row, id: storableId };
}

/** Says what became of a reservation that went with its gift or list; one that never was is a page not found. */
function showGone(frame: PageFrame, reply: FastifyReply, what: 'gift' | 'list' | undefined) {
  if (what === undefined) return notFoundPage(frame, reply);
  const { words } = frame.speech;
  return sendPage(
    frame,
    reply,
    {
      title: words.goneTitle,
      isPrivate: true,
      main: html`<div class="narrow"><h1>${words.goneTitle}</h1>
<p>${what === 'list' ? words.goneList : words.goneGift}</p><p>${words.goneAsk}</p>
<p><a class="button quiet" href="${frame.base}/">${words.home}</a></p></div>`,
    },
    410,
  );
}

/** Does what the button says; the id in the address is the proof. Returns what the next page notes. */
async function act(
  ctx: ListsContext,
  row: ReservationPageRow,
  field: (name: string) => string,
  correlationId: string,
): Promise<string> {
  const trace = { correlationId, isTest: false };
  const requestor = { raw: row.email, guestName: { isNeeded: false, value: undefined } };
  switch (field('action')) {
    case 'purchase':
      await purchase(ctx, row.id, requestor, { ...trace, fallback: {} });
      return '';
    case 'release':
      await unreserve(ctx, row.id, requestor, trace);
      return '';
    case 'undo':
      await undo(ctx, row.id, trace);
      return '?note=undone';
    default:
      await changeQuantity(
        ctx,
        row.id,
        requestor,
        { quantity: readInteger(field('quantity')), raw: field('quantity') },
        trace,
      );
      return '?note=saved';
  }
}

function noteIn({ request, speech }: PageFrame): string {
  const { note } = request.query as Record<string, unknown>;
  if (note === 'undone') return speech.words.undone;
  return note === 'saved' ? speech.words.saved : '';
}

function show(frame: PageFrame, reply: FastifyReply, row: ReservationPageRow, note: string, status = 200) {
  const { words } = frame.speech;
  const gift = {
    notes: row.notes,
    facts:
      row.brand === null || row.details === null || row.product_url === null
        ? null
        : {
            brand: row.brand,
            details: row.details,
            product_url: row.product_url,
            image_url: row.image_url,
            price: row.price,
            currency: row.currency,
            retailer: row.retailer,
          },
  };
  const title = gift.facts ? gift.facts.brand || gift.facts.details : words.unnamedGift;
  return sendPage(
    frame,
    reply,
    {
      title: words.reservationTitle,
      isPrivate: true,
      main: html`<div class="narrow"><h1>${headline(frame, row)}</h1>
${note !== '' && html`<p class="notice" role="status">${note}</p>`}
<p>${subline(frame, row)}</p>
<p>${words.fromList} <a href="${frame.base}/lists/${encodeURIComponent(row.list_id)}" data-cy="link-back-to-list">${row.list_title}</a></p>
${row.list_state === 'closed' && row.state === 'reserved' && html`<p class="notice">${words.closedStill}</p>`}
${giftSummary(frame, gift, title)}
<p class="count">${words.quantity}: ${row.quantity}</p>
${row.state === 'reserved' ? actions(frame, row) : undoForm(frame, row)}</div>`,
    },
    status,
  );
}

function headline({ speech }: PageFrame, row: ReservationPageRow): string {
  if (row.state === 'cancelled') return speech.words.cancelledTitle;
  return speech.say(row.state === 'purchased' ? 'boughtTitle' : 'reservedFor', { name: row.name });
}

function subline({ speech }: PageFrame, row: ReservationPageRow): string {
  if (row.state === 'cancelled') return speech.words.cancelledText;
  return row.state === 'purchased' ? speech.words.boughtText : speech.words.reservedText;
}

function actions(frame: PageFrame, row: ReservationPageRow): Html {
  const { words } = frame.speech;
  const shop = webUrl(row.product_url);
  const most = Math.min(99, row.quantity + Math.max(0, row.wanted - row.gift_reserved - row.gift_purchased));
  const options = Array.from({ length: most }, (_, index) => index + 1);
  return html`<div class="actions">
${shop !== undefined && html`<p><a class="button quiet" href="${shop}" target="_blank" rel="sponsored noopener" data-cy="link-buy-gift">${words.buy} <span class="unseen">${words.opensInTab}</span></a></p>`}
<form method="post"><button class="button" name="action" value="purchase" data-cy="button-purchased">${words.bought}</button></form>
</div>
${
  row.wanted > 1 &&
  html`<form method="post" class="form inline"><label for="quantity">${words.change}</label>
<select id="quantity" name="quantity">${options.map((value) => html`<option${value === row.quantity && html` selected`}>${value}</option>`)}</select>
<button class="button quiet small" name="action" value="quantity" data-cy="button-update-product">${words.save}</button></form>`
}
<details class="release"><summary>${words.release}</summary><p>${words.releaseAsk}</p>
<form method="post"><button class="button danger" name="action" value="release" data-cy="button-unreserve">${words.releaseYes}</button></form></details>`;
}

function undoForm(frame: PageFrame, row: ReservationPageRow): Html {
  const { words } = frame.speech;
  const canUndo = frame.ctx.clock.now().getTime() - row.updated_at.getTime() < UNDO_MS;
  return html`<div class="actions">
${canUndo && html`<form method="post"><button class="button quiet" name="action" value="undo">${words.undo}</button></form>`}
<p><a class="button" href="${frame.base}/lists/${encodeURIComponent(row.list_id)}">${words.back}</a></p></div>`;
}
