import type { FastifyReply, FastifyRequest } from 'fastify';
import { knownReservations } from '../accounts/sessions.ts';
import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { decodeLeniently, storable } from '../gateway/text.ts';
import { selectWholeList, type WholeGift, type WholeList } from '../gift-lists/gift-list-queries.ts';
import { inOwnersOrder } from '../gift-lists/view.ts';
import { forShared, isOwnReservation, mustNotKnow, type Viewer } from '../gift-lists/visibility.ts';
import { type CardState, cardStateOf, giftCard } from './gift-card.ts';
import { type Html, html } from './html.ts';
import { type PageFrame, sendPage } from './layout.ts';
import { notFoundPage } from './not-found-page.ts';
import { speechFor } from './words/index.ts';

type Show = 'all' | 'available' | 'taken';

interface Card {
  gift: WholeGift;
  state: CardState;
}

/** The public page of a list: spec sections 6.11 and 12.10. Everything works by links and forms. */
export function sharedListPage(ctx: ListsContext) {
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
    caller: Caller | undefined,
  ): Promise<FastifyReply> => {
    const frame = frameFor(ctx, request, caller);
    const { id = '' } = request.params as { id?: string };
    const listId = storable(decodeLeniently(id));
    const whole = await selectWholeList(ctx.db.kysely, listId, caller?.userId);
    if (!whole) return notFoundPage(frame, reply);
    const viewer: Viewer = {
      userId: caller?.userId,
      isAdmin: false,
      knownReservations: knownReservations(request),
    };
    const shared = forShared(whole, viewer, {
      view: 'redacted',
      now: ctx.clock.now(),
      pseudonym: (holderKey) => ctx.secrets.pseudonym(listId, holderKey),
    });
    const isBlind = mustNotKnow(whole.list, viewer, ctx.clock.now());
    const own = isBlind
      ? []
      : whole.reservations.filter((reservation) => isOwnReservation(reservation, viewer));
    const cards = inOwnersOrder(shared.gifts).map((gift) => ({ gift, state: cardStateOf(gift, own) }));
    const { list } = whole;
    return sendPage(frame, reply, {
      title: list.title,
      isPrivate: true,
      canonical: `${ctx.publicOrigin}/lists/${encodeURIComponent(list.id)}`,
      preview: { title: list.title, description: list.occasion, image: absolutePicture(ctx, list.image_url) },
      main: html`${titleBlock(frame, whole)}${list.state === 'closed' ? closedNotice(frame) : giftSection(frame, listId, cards)}`,
    });
  };
}

export function frameFor(ctx: ListsContext, request: FastifyRequest, caller: Caller | undefined): PageFrame {
  return { ctx, request, caller, speech: speechFor(request, caller), base: request.server.prefix };
}

export function absolutePicture(ctx: ListsContext, url: string): string {
  if (url.startsWith('//')) return `https:${url}`;
  return URL.canParse(url) ? url : `${ctx.publicOrigin}${url.startsWith('/') ? '' : '/'}${url}`;
}

function titleBlock(frame: PageFrame, { list }: WholeList): Html {
  const { speech } = frame;
  const date =
    list.event_date_text !== null && !['', 'None'].includes(list.event_date_text)
      ? eventDate(frame, list)
      : '';
  return html`<div class="title">
<img class="occasion" src="${absolutePicture(frame.ctx, list.image_url).replace(frame.ctx.publicOrigin, frame.base)}" alt="" width="240" height="160">
<div><h1>${list.title}</h1>
<p class="facts">${[list.occasion === '' ? '' : list.occasion, date].filter(Boolean).join(' · ')}</p>
${list.description !== '' && html`<p class="welcome">${list.description}</p>`}
${list.state === 'open' && html`<p class="unseen">${speech.words.gifts}</p>`}
</div></div>`;
}

function eventDate(frame: PageFrame, list: WholeList['list']): string {
  if (list.event_date === null) return list.event_date_text ?? '';
  const locale = frame.speech.locale === 'en' ? 'en-GB' : frame.speech.locale;
  return new Date(`${list.event_date}T12:00:00Z`).toLocaleDateString(locale, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
}

function closedNotice({ speech }: PageFrame): Html {
  return html`<div class="notice"><h2>${speech.words.closedTitle}</h2><p>${speech.words.closedText}</p></div>`;
}

function giftSection(frame: PageFrame, listId: string, cards: Card[]): Html {
  const { words } = frame.speech;
  if (cards.length === 0) return html`<p class="notice">${words.emptyList}</p>`;
  const { show, sort } = readChoice(frame);
  const shown = cards.filter(({ state }) => matches(state, show));
  const sorted = sort === 'price' ? shown.toSorted((a, b) => priceOf(a) - priceOf(b)) : shown;
  const count =
    sorted.length === 1 ? words.giftCountOne : frame.speech.say('giftCount', { n: sorted.length });
  return html`<div class="gifts-head"><h2>${words.gifts} <span class="quiet-text">(${count})</span></h2>
${cards.length > 1 && choiceForm(frame, show, sort)}</div>
${
  sorted.length === 0
    ? html`<p class="notice">${words.nothingHere} <a href="${frame.base}/lists/${encodeURIComponent(listId)}">${words.showAllAgain}</a></p>`
    : html`<ul class="cards">${sorted.map(({ gift, state }, place) => giftCard(frame, listId, gift, state, place))}</ul>`
}`;
}

function choiceForm(frame: PageFrame, show: Show, sort: 'owner' | 'price'): Html {
  const { words } = frame.speech;
  const option = (value: string, text: string, chosen: string) =>
    html`<option value="${value}"${value === chosen ? html` selected` : ''}>${text}</option>`;
  return html`<form class="choice" method="get">
<label for="show">${words.show}</label>
<select id="show" name="show">${option('all', words.showAll, show)}${option('available', words.showAvailable, show)}${option('taken', words.showTaken, show)}</select>
<label for="sort">${words.sort}</label>
<select id="sort" name="sort">${option('owner', words.sortOwner, sort)}${option('price', words.sortPrice, sort)}</select>
<button class="button quiet small">${words.apply}</button>
</form>`;
}

function readChoice({ request }: PageFrame): { show: Show; sort: 'owner' | 'price' } {
  const { show, sort } = request.query as Record<string, unknown>;
  return {
    show: show === 'available' || show === 'taken' ? show : 'all',
    sort: sort === 'price' ? 'price' : 'owner',
  };
}

function matches(state: CardState, show: Show): boolean {
  if (show === 'all') return true;
  return show === 'available' ? !state.isTaken : state.isTaken;
}

function priceOf({ gift }: Card): number {
  const price = Number((gift.facts?.price ?? '').replaceAll(',', ''));
  return gift.facts?.price && Number.isFinite(price) ? price : Number.POSITIVE_INFINITY;
}
