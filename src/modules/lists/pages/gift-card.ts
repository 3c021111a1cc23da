import type { WholeGift } from '../gift-lists/gift-list-queries.ts';
import type { ReservationRow } from '../tables.ts';
import { type Html, html } from './html.ts';
import type { PageFrame } from './layout.ts';

/** How a gift stands for the one who looks: spec section 6.11. */
export interface CardState {
  reservedByViewer: ReservationRow[];
  boughtByViewer: ReservationRow[];
  remaining: number;
  isTaken: boolean;
}

export function cardStateOf(gift: WholeGift, own: ReservationRow[]): CardState {
  const mine = own.filter((reservation) => reservation.product_id === gift.product_id);
  const remaining = Math.max(0, gift.quantity - gift.reserved - gift.purchased);
  return {
    reservedByViewer: mine.filter(({ state }) => state === 'reserved'),
    boughtByViewer: mine.filter(({ state }) => state === 'purchased'),
    remaining,
    isTaken: remaining === 0,
  };
}

/** A web address, or nothing; affiliate pictures come without their scheme. */
export function webUrl(url: string | null | undefined): string | undefined {
  if (!url) return undefined;
  const full = url.startsWith('//') ? `https:${url}` : url;
  return /^https?:\/\//i.test(full) && URL.canParse(full) ? full : undefined;
}

export function pictureOf(frame: PageFrame, url: string | null | undefined): string {
  return webUrl(url) ?? `${frame.base}/images/product-default.jpg`;
}

export function giftCard(
  frame: PageFrame,
  list: { id: string; currency: string },
  gift: WholeGift,
  state: CardState,
  place: number,
): Html {
  const { speech, base } = frame;
  const { facts } = gift;
  const name = facts ? facts.brand || facts.details : speech.words.unnamedGift;
  const shop = webUrl(facts?.product_url);
  // Where there is none, the parcel drawn behind it shows.
  const picture = webUrl(facts?.image_url);
  return html`<li class="card" id="g-${gift.product_id}" data-cy="product-card-${gift.product_id}">
<div class="picture">${picture !== undefined && html`<img src="${picture}" alt="" width="320" height="320" ${place < 4 ? html`fetchpriority="high"` : html`loading="lazy"`} decoding="async" referrerpolicy="no-referrer">`}</div>
<div class="card-body">
${gift.is_most_wanted && html`<p class="badge">${speech.words.mostWanted}</p>`}
<h3>${name}</h3>
<p class="details">${facts ? facts.details : speech.words.unnamedGiftText}</p>
${facts?.price ? html`<p class="price">${speech.price(facts.price, facts.currency ?? list.currency)}</p>` : ''}
<p class="count${state.isTaken && gift.group_target === null && ' gone'}">${quantityLine(frame, list, gift, state)}</p>
${shop !== undefined && html`<p class="shop"><a href="${shop}" target="_blank" rel="sponsored noopener">${speech.words.seeShop}<span class="unseen"> ${name} ${speech.words.opensInTab}</span></a></p>`}
<div class="control">${control(frame, list.id, gift, state, name, base)}</div>
</div></li>`;
}

function quantityLine(
  frame: PageFrame,
  list: { currency: string },
  gift: WholeGift,
  state: CardState,
): string {
  const { speech } = frame;
  if (gift.group_target !== null) {
    return speech.say('groupGift', {
      pledged: speech.money(gift.group_pledged, list.currency),
      target: speech.money(gift.group_target, list.currency),
    });
  }
  const wanted = gift.quantity;
  const left =
    state.remaining === 0
      ? speech.words.allTaken
      : wanted === 1
        ? speech.words.remainingOne
        : speech.say('remaining', { n: state.remaining, wanted });
  const own = [
    ...state.reservedByViewer.map(({ quantity }) => speech.say('youReserved', { n: quantity })),
    ...state.boughtByViewer.map(({ quantity }) => speech.say('youBought', { n: quantity })),
  ];
  return [left, ...own].join(' · ');
}

function control(
  frame: PageFrame,
  listId: string,
  gift: WholeGift,
  state: CardState,
  name: string,
  base: string,
): Html {
  const { words } = frame.speech;
  const [reservation] = state.reservedByViewer;
  const reserveHref = `${base}/lists/${encodeURIComponent(listId)}/reserve/${encodeURIComponent(gift.product_id)}`;
  const named = html`<span class="unseen">: ${name}</span>`;
  if (gift.group_target !== null) {
    return gift.group_pledged < gift.group_target
      ? html`<a class="button" href="${reserveHref}">${words.pledge}${named}</a>`
      : html`<p class="taken">${words.allTaken}</p>`;
  }
  if (reservation) {
    return html`<a class="button quiet" href="${base}/reserve/${reservation.id}">${words.confirmPurchase}${named}</a>`;
  }
  if (state.isTaken) {
    return html`<p class="taken">${state.boughtByViewer.length > 0 ? words.boughtByYou : words.reserved}</p>`;
  }
  const label = state.boughtByViewer.length > 0 ? words.reserveAnother : words.reserve;
  return html`<a class="button" href="${reserveHref}" data-cy="button-reserve">${label}${named}</a>`;
}
