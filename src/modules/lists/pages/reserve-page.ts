import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { rememberReservation } from '../accounts/sessions.ts';
import { isOwnPage, resolveCaller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { ListsError } from '../errors.ts';
import { readInteger } from '../gateway/body.ts';
import { decodeLeniently, isEmail, normaliseEmail, storable } from '../gateway/text.ts';
import { selectWholeList, type WholeGift, type WholeList } from '../gift-lists/gift-list-queries.ts';
import { isHidden, mustNotKnow } from '../gift-lists/visibility.ts';
import { limit } from '../policy/rate-limit.ts';
import { pledge } from '../reservations/pledge.ts';
import { reserve } from '../reservations/reserve.ts';
import { readForm } from './form.ts';
import { pictureOf, webUrl } from './gift-card.ts';
import { type Html, html } from './html.ts';
import { type PageFrame, sendPage } from './layout.ts';
import { notFoundPage } from './not-found-page.ts';
import { frameFor } from './shared-list-page.ts';
import type { Words } from './words/index.ts';
import { coinsIn } from './words/money.ts';

interface Shown {
  whole: WholeList;
  gift: WholeGift;
}

interface Typed {
  name: string;
  email: string;
  quantity: string;
  amount: string;
}

type FieldErrors = { field: keyof Typed | ''; text: string }[];

/** Reserving without a script: the form and its answer (spec section 12.10). */
export function registerReservePage(app: FastifyInstance, ctx: ListsContext): void {
  const path = '/lists/:id/reserve/:productid';
  app.get(path, { schema: { hide: true } }, (request, reply) => showForm(ctx, request, reply));
  app.post(path, { schema: { hide: true } }, (request, reply) => takeForm(ctx, request, reply));
}

async function showForm(
  ctx: ListsContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { caller } = await resolveCaller(ctx, request);
  const frame = frameFor(ctx, request, caller);
  const shown = await findGift(frame);
  if (!shown) return notFoundPage(frame, reply);
  const typed: Typed = {
    name: caller?.name ?? caller?.email ?? remembered(request, 'name'),
    email: caller?.email ?? remembered(request, 'email'),
    quantity: '1',
    amount: '',
  };
  return sendForm(frame, reply, shown, typed, []);
}

async function takeForm(
  ctx: ListsContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { caller } = await resolveCaller(ctx, request);
  const frame = frameFor(ctx, request, caller);
  const shown = await findGift(frame);
  if (!shown || !isOwnPage(request)) return notFoundPage(frame, reply);
  const field = readForm(request);
  const typed: Typed = {
    name: caller ? (caller.name ?? caller.email ?? '') : field('name'),
    email: normaliseEmail(caller?.email ?? field('email')),
    quantity: field('quantity') || '1',
    amount: field('amount'),
  };
  const { words } = frame.speech;
  const problems: FieldErrors = [];
  if (typed.name === '') problems.push({ field: 'name', text: words.nameNeeded });
  if (!isEmail(typed.email)) problems.push({ field: 'email', text: words.emailNeeded });
  const isGroup = shown.gift.group_target !== null;
  if (isGroup && !/^\d{1,6}([.,]\d{1,2})?$/.test(typed.amount))
    problems.push({ field: 'amount', text: words.amountNeeded });
  if (problems.length > 0) return sendForm(frame, reply, shown, typed, problems, 422);
  try {
    await limit(ctx, 'claim', request.ip);
    return isGroup
      ? await pledgeNow(frame, reply, shown, typed)
      : await reserveNow(frame, reply, shown, typed);
  } catch (error) {
    if (!(error instanceof ListsError)) throw error;
    // What is left may have changed, so the form is made anew.
    const fresh = (await findGift(frame)) ?? shown;
    return sendForm(frame, reply, fresh, typed, [{ field: '', text: wordsFor(error, words) }], error.status);
  }
}

async function reserveNow(
  frame: PageFrame,
  reply: FastifyReply,
  shown: Shown,
  typed: Typed,
): Promise<FastifyReply> {
  const { ctx, request, caller } = frame;
  const { reservationId } = await reserve(ctx, {
    listId: shown.whole.list.id,
    productId: shown.gift.product_id,
    email: typed.email,
    name: typed.name.slice(0, 200),
    quantity: readInteger(typed.quantity),
    rawQuantity: typed.quantity,
    productType: shown.gift.type,
    fallback: {},
    idempotencyKey: undefined,
    callerId: caller?.userId,
    correlationId: storable(request.id),
    isTest: false,
    locale: frame.speech.locale,
  });
  rememberReservation(ctx, request, reply, reservationId);
  if (request.cookies.CookieConsent === 'true') {
    for (const name of ['name', 'email'] as const) {
      reply.setCookie(name, typed[name], { path: '/', sameSite: 'lax', maxAge: 365 * 86_400 });
    }
  }
  return reply.redirect(`${frame.base}/reserve/${reservationId}`, 303);
}

async function pledgeNow(
  frame: PageFrame,
  reply: FastifyReply,
  shown: Shown,
  typed: Typed,
): Promise<FastifyReply> {
  const { ctx, request, caller, speech } = frame;
  const { list } = shown.whole;
  const amount = Math.round(Number(typed.amount.replace(',', '.')) * coinsIn(list.currency));
  const { pledgeId } = await pledge(
    ctx,
    caller,
    { listId: list.id, productId: shown.gift.product_id },
    { email: typed.email, name: typed.name.slice(0, 200), amount },
    { correlationId: storable(request.id), locale: speech.locale },
  );
  return reply.redirect(`${frame.base}/pledges/${pledgeId}`, 303);
}

async function findGift(frame: PageFrame): Promise<Shown | undefined> {
  const { id = '', productid = '' } = frame.request.params as { id?: string; productid?: string };
  const listId = storable(decodeLeniently(id));
  const whole = await selectWholeList(frame.ctx.db.kysely, listId, frame.caller?.userId);
  const gift = whole?.gifts.find((one) => one.product_id === storable(decodeLeniently(productid)));
  return whole && gift ? { whole, gift } : undefined;
}

function sendForm(
  frame: PageFrame,
  reply: FastifyReply,
  shown: Shown,
  typed: Typed,
  problems: FieldErrors,
  status = 200,
): Promise<FastifyReply> {
  const { words } = frame.speech;
  const { facts } = shown.gift;
  const title = facts ? facts.brand || facts.details : words.unnamedGift;
  return sendPage(
    frame,
    reply,
    {
      title: `${problems.length > 0 ? `${words.errorTitle}: ` : ''}${words.reserveThis}`,
      isPrivate: true,
      main: html`<div class="narrow"><p class="back"><a href="${listHref(frame, shown)}">${words.back}</a></p>
<h1>${words.reserveThis}</h1>
${problems.length > 0 && errorSummary(words, problems, shown.gift.product_id)}
${giftSummary(frame, shown.gift, title)}
${reserveForm(frame, shown, typed, problems)}</div>`,
    },
    status,
  );
}

export function giftSummary(frame: PageFrame, gift: Pick<WholeGift, 'facts' | 'notes'>, title: string): Html {
  const { facts, notes } = gift;
  const { words } = frame.speech;
  const shop = webUrl(facts?.product_url);
  return html`<div class="summary"><img src="${pictureOf(frame, facts?.image_url)}" alt="" width="96" height="96" data-spare="${frame.base}/images/product-default.jpg" referrerpolicy="no-referrer">
<div><h2>${title}</h2><p class="details">${facts?.details}</p>
${facts?.price ? html`<p class="price">${frame.speech.price(facts.price, facts.currency)}</p>` : ''}
${shop !== undefined && html`<p><a href="${shop}" target="_blank" rel="sponsored noopener">${words.seeShop} <span class="unseen">${words.opensInTab}</span></a></p>`}
</div></div>
${notes !== null && notes !== '' && html`<div class="note"><h2>${words.ownerNote}</h2><p>${notes}</p></div>`}`;
}

function errorSummary(words: Words, problems: FieldErrors, productId: string): Html {
  return html`<div class="errors" role="alert" tabindex="-1"><h2>${words.errorTitle}</h2><ul>${problems.map(
    ({ field, text }) =>
      html`<li>${field === '' ? text : html`<a href="#${fieldId(field, productId)}">${text}</a>`}</li>`,
  )}</ul></div>`;
}

/** Names that tests of the original look for: spec appendix A. */
function fieldId(field: string, productId: string): string {
  return field === 'name' || field === 'email' ? `${field}-${productId}` : field;
}

function reserveForm(frame: PageFrame, shown: Shown, typed: Typed, problems: FieldErrors): Html {
  const { whole, gift } = shown;
  const { words } = frame.speech;
  const now = frame.ctx.clock.now();
  if (whole.list.state === 'closed') return html`<p class="notice">${words.closedTitle}</p>`;
  if (mustNotKnow(whole.list, { userId: frame.caller?.userId }, now)) {
    return html`<p class="notice">${words.ownSurprise}</p>`;
  }
  const remaining = Math.max(0, gift.quantity - gift.reserved - gift.purchased);
  if (gift.group_target === null && remaining === 0) {
    // Who came too late was told so above.
    return problems.length > 0
      ? html`<p><a class="button" href="${listHref(frame, shown)}">${words.back}</a></p>`
      : html`<p class="notice">${words.goneTaken}</p>`;
  }
  const isLocked = frame.caller !== undefined;
  const field = (name: 'name' | 'email', label: string, hint: string, type: string) => {
    const problem = problems.find((one) => one.field === name);
    const id = fieldId(name, gift.product_id);
    return html`<div class="field${problem && ' wrong'}"><label for="${id}">${label}</label><p class="hint" id="${name}-hint">${hint}</p>
${problem && html`<p class="problem" id="${name}-problem">${problem.text}</p>`}
<input id="${id}" name="${name}" type="${type}" value="${typed[name]}" autocomplete="${name}" required aria-describedby="${name}-hint${problem && ` ${name}-problem`}"${isLocked && html` readonly`}></div>`;
  };
  return html`<form method="post" class="form" novalidate data-cy="popout-reserve-${gift.product_id}">
${field('name', words.yourName, isHidden(whole.list, now) ? words.nameHintSurprise : words.nameHint, 'text')}
${field('email', words.yourEmail, words.emailHint, 'email')}
${gift.group_target === null ? quantityField(frame, remaining, typed) : amountField(frame, whole, gift, typed, problems)}
<button class="button" data-cy="popout-button-reserve">${gift.group_target === null ? words.reserve : words.pledge}</button>
</form>`;
}

function quantityField({ speech }: PageFrame, remaining: number, typed: Typed): Html {
  if (remaining === 1) return html`<input type="hidden" name="quantity" value="1">`;
  const most = Math.min(remaining, 99);
  const options = Array.from({ length: most }, (_, index) => String(index + 1));
  return html`<div class="field"><label for="quantity">${speech.words.quantity}</label>
<select id="quantity" name="quantity">${options.map((value) => html`<option${value === typed.quantity && html` selected`}>${value}</option>`)}</select></div>`;
}

function amountField(
  frame: PageFrame,
  whole: WholeList,
  gift: WholeGift,
  typed: Typed,
  problems: FieldErrors,
): Html {
  const { speech } = frame;
  const left = (gift.group_target ?? 0) - gift.group_pledged;
  const problem = problems.find(({ field }) => field === 'amount');
  return html`<div class="field${problem && ' wrong'}"><label for="amount">${speech.say('amount', { currency: whole.list.currency })}</label>
<p class="hint" id="amount-hint">${speech.say('moneyLeft', { amount: speech.money(left, whole.list.currency) })} ${speech.words.pledgeText}</p>
${problem && html`<p class="problem" id="amount-problem">${problem.text}</p>`}
<input id="amount" name="amount" inputmode="decimal" value="${typed.amount}" required aria-describedby="amount-hint${problem && ' amount-problem'}"></div>`;
}

/** The person reads words of ours; the contract's texts are for programs. */
export function wordsFor(error: ListsError, words: Words): string {
  const texts: Record<string, string> = {
    already_reserved: words.alreadyReserved,
    not_enough_left: words.notEnoughLeft,
    list_closed: words.listClosed,
    gift_not_found: words.giftGone,
    too_many_requests: words.tooMany,
    own_surprise: words.ownSurprise,
    quantity_unchanged: words.unchanged,
    pledge_too_large: words.notEnoughLeft,
  };
  return texts[error.code] ?? words.wentWrong;
}

function listHref(frame: PageFrame, { whole }: Shown): string {
  return `${frame.base}/lists/${encodeURIComponent(whole.list.id)}`;
}

/** What a guest typed before, when they agreed to be remembered. */
function remembered(request: FastifyRequest, name: 'name' | 'email'): string {
  return request.cookies.CookieConsent === 'true' ? (request.cookies[name] ?? '').slice(0, 254) : '';
}
