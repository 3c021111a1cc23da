import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isOwnPage, resolveCaller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { ListsError } from '../errors.ts';
import { decodeLeniently, storable } from '../gateway/text.ts';
import { limit } from '../policy/rate-limit.ts';
import { withdraw } from '../reservations/pledge.ts';
import { type PledgePageRow, selectPledgePage } from '../reservations/pledge-queries.ts';
import { html } from './html.ts';
import { type PageFrame, sendPage } from './layout.ts';
import { notFoundPage } from './not-found-page.ts';
import { giftSummary, wordsFor } from './reserve-page.ts';
import { frameFor } from './shared-list-page.ts';

/** The page of a part of a gift, behind the link in its e-mail: see it, or withdraw it. */
export function registerPledgePage(app: FastifyInstance, ctx: ListsContext): void {
  app.get('/pledges/:id', { schema: { hide: true } }, async (request, reply) => {
    const { frame, row } = await open(ctx, request);
    return row ? show(frame, reply, row) : notFoundPage(frame, reply);
  });
  app.post('/pledges/:id', { schema: { hide: true } }, async (request, reply) => {
    const { frame, row } = await open(ctx, request);
    if (!row || !isOwnPage(request)) return notFoundPage(frame, reply);
    try {
      await limit(ctx, 'claim', request.ip);
      await withdraw(ctx, row.id, storable(request.id));
    } catch (error) {
      if (!(error instanceof ListsError)) throw error;
      // Withdrawn already, in another window or by a double click: the page shows how things stand.
      if (error.code !== 'already_withdrawn') {
        return show(frame, reply, row, wordsFor(error, frame.speech.words), error.status);
      }
    }
    return reply.redirect(`${frame.base}/pledges/${row.id}`, 303);
  });
}

async function open(ctx: ListsContext, request: FastifyRequest) {
  const { caller } = await resolveCaller(ctx, request);
  const frame = frameFor(ctx, request, caller);
  const { id = '' } = request.params as { id?: string };
  const row = await selectPledgePage(ctx.db.kysely, storable(decodeLeniently(id)));
  return { frame, row };
}

function show(frame: PageFrame, reply: FastifyReply, row: PledgePageRow, problem = '', status = 200) {
  const { speech, base } = frame;
  const { words } = speech;
  const isPledged = row.state === 'pledged';
  const { brand, details, product_url, image_url, price, currency } = row;
  const facts =
    brand === null || details === null || product_url === null
      ? null
      : { brand, details, product_url, image_url, price, currency, retailer: null };
  const listHref = `${base}/lists/${encodeURIComponent(row.list_id)}`;
  return sendPage(
    frame,
    reply,
    {
      title: words.pledgeTitle,
      isPrivate: true,
      main: html`<div class="narrow"><h1>${isPledged ? words.pledgeThanks : words.pledgeWithdrawn}</h1>
${problem !== '' && html`<p class="notice" role="status">${problem}</p>`}
${isPledged && html`<p>${speech.say('pledgedAmount', { name: row.name, amount: speech.money(row.amount, currency) })}</p><p>${words.pledgeText}</p>`}
<p>${words.fromList} <a href="${listHref}">${row.list_title}</a></p>
${giftSummary(frame, { facts, notes: null }, facts ? facts.brand || facts.details : words.unnamedGift)}
${
  isPledged &&
  html`<details class="release"><summary>${words.withdraw}</summary><p>${words.withdrawAsk}</p>
<form method="post"><button class="button danger">${words.withdrawYes}</button></form></details>`
}
<p><a class="button${isPledged && ' quiet'}" href="${listHref}">${words.back}</a></p></div>`,
    },
    status,
  );
}
