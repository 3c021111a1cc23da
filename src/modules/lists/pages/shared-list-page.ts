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
type Sort = 'owner' | 'price';

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
      preview: {
        title: list.title,
        description: frame.speech.occasion(list.occasion),
        image: absolutePicture(ctx, list.image_url),
      },
      main: html`${titleBlock(frame, whole)}${list.state === 'closed' ? closedNotice(frame) : giftSection(frame, list, cards)}`,
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
<img class="occasion" src="${absolutePicture(frame.ctx, list.image_url).replace(frame.ctx.publicOrigin, frame.base)}" alt="" width="240" height="160" data-spare="${frame.base}/images/other-default-2.png">
<div><h1>${list.title}</h1>
<p class="facts">${[speech.occasion(list.occasion), date].filter(Boolean).join(' · ')}</p>
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

function giftSection(frame: PageFrame, list: { id: string; currency: string }, cards: Card[]): Html {
  const { words } = frame.speech;
  if (cards.length === 0) return html`<p class="notice">${words.emptyList}</p>`;
  const { show, sort } = readChoice(frame);
  const shown = cards.filter(({ state }) => matches(state, show));
  const sorted = sort === 'price' ? shown.toSorted((a, b) => priceOf(a) - priceOf(b)) : shown;
  const count =
    sorted.length === 1 ? words.giftCountOne : frame.speech.say('giftCount', { n: sorted.length });
  return html`<div class="gifts-head"><h2>${words.gifts} <span class="quiet-text">(${count})</span></h2>
${cards.length > 1 && choices(frame, list.id, { show, sort })}</div>
${
  sorted.length === 0
    ? html`<p class="notice">${words.nothingHere} <a href="${frame.base}/lists/${encodeURIComponent(list.id)}">${words.showAllAgain}</a></p>`
    : html`<ul class="cards">${sorted.map(({ gift, state }, place) => giftCard(frame, list, gift, state, place))}</ul>`
}`;
}

interface Choice {
  show: Show;
  sort: Sort;
}

/** Links, not fields: one press is enough without a script, and nothing is there that a script would take away. */
function choices(frame: PageFrame, listId: string, chosen: Choice): Html {
  const { words } = frame.speech;
  const link = (choice: Choice, text: string) => {
    const isChosen = choice.show === chosen.show && choice.sort === chosen.sort;
    const query = new URLSearchParams();
    if (choice.show !== 'all') query.set('show', choice.show);
    if (choice.sort !== 'owner') query.set('sort', choice.sort);
    const search = query.size > 0 ? `?${query}` : '';
    const href = `${frame.base}/lists/${encodeURIComponent(listId)}${search}`;
    return html`<li><a href="${href}"${isChosen && html` aria-current="true"`}>${text}</a></li>`;
  };
  const { show, sort } = chosen;
  return html`<div class="choices"><nav aria-label="${words.show}"><ul>${[
    link({ show: 'all', sort }, words.showAll),
    link({ show: 'available', sort }, words.showAvailable),
    link({ show: 'taken', sort }, words.showTaken),
  ]}</ul></nav><nav aria-label="${words.sort}"><ul>${[
    link({ show, sort: 'owner' }, words.sortOwner),
    link({ show, sort: 'price' }, words.sortPrice),
  ]}</ul></nav></div>`;
}

function readChoice({ request }: PageFrame): Choice {
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
