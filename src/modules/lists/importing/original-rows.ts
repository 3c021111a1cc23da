import { createHash } from 'node:crypto';
import { normaliseEmail } from '../gateway/text.ts';
import { parseEventDate } from '../gift-lists/event-date.ts';
import { looseSearchUrl } from '../products/product-url.ts';
import { RESERVATION_STATES } from '../tables.ts';
import { Item, type OriginalItem } from './original-items.ts';

/** A row of one of our tables, by column. */
export type Row = Record<string, unknown>;

type Of<K extends OriginalItem['kind']> = Extract<OriginalItem, { kind: K }>;

/** Currency of the original, which stores none. */
const CURRENCY = 'GBP';

/** Accounts come confirmed: the original's directory let nobody in who had not been. Passwords stay there. */
export function userRow({ id, item }: Of<'user'>, now: Date): Row {
  const email = item.text('email');
  return {
    id,
    email: email === undefined ? madeUpAddress(id) : normaliseEmail(email),
    name: item.text('name') || null,
    email_verified_at: email === undefined ? null : now,
    status: 'active',
    roles: [],
    locale: null,
    currency: null,
    created_at: item.time('createdAt') ?? now,
    last_sign_in_at: null,
    warned_at: null,
    erased_at: null,
  };
}

/** An account of the directory that has no address here: nobody can receive mail there. */
function madeUpAddress(id: string): string {
  return `${createHash('sha256').update(id).digest('hex').slice(0, 32)}@imported.invalid`;
}

export function listRow({ id, ownerId, item }: Of<'list'>, now: Date): Row {
  const eventDate = item.text('eventDate');
  const isClosed = item.text('state') === 'closed';
  const createdAt = item.time('createdAt') ?? now;
  return {
    id,
    owner_id: ownerId,
    title: item.text('title') ?? '',
    description: item.text('description') ?? '',
    occasion: item.text('occasion') ?? '',
    image_url: item.text('imageUrl') ?? '',
    event_date_text: eventDate ?? null,
    event_date: eventDate === undefined ? null : parseEventDate(eventDate),
    state: isClosed ? 'closed' : 'open',
    surprise: false,
    reveal_at: null,
    summary_sent_at: null,
    closing_proposed_at: null,
    currency: CURRENCY,
    created_at: createdAt,
    updated_at: createdAt,
    closed_at: isClosed ? now : null,
  };
}

export function giftRow({ listId, productId, item }: Of<'gift'>, position: number, now: Date): Row {
  return {
    list_id: listId,
    product_id: productId,
    type: item.text('type') === 'notfound' ? 'notfound' : 'products',
    quantity: Math.min(999, Math.max(1, item.integer('quantity') ?? 1)),
    owner_quantity: null,
    reserved: Math.max(0, item.integer('reserved') ?? 0),
    purchased: Math.max(0, item.integer('purchased') ?? 0),
    notes: item.text('notes') || null,
    position,
    is_most_wanted: false,
    group_target: null,
    group_pledged: 0,
    created_at: item.time('createdAt') ?? now,
  };
}

/** `list` and `gift` are those it refers to, `holder` the account whose id it is held under. */
export function reservationRow(
  { id, listId, productId, holder, item }: Of<'reservation'>,
  facts: { list: Row | undefined; gift: Row | undefined; holder: Row | undefined },
  now: Date,
): Row {
  const state = RESERVATION_STATES.find((known) => known === item.text('state')) ?? 'reserved';
  const email = normaliseEmail(item.text('email') ?? String(facts.holder?.email ?? holder));
  const reservedAt = item.time('reservedAt') ?? now;
  return {
    id,
    list_id: listId,
    product_id: productId,
    // A guest's key is their address, and compares as addresses do here.
    holder_key: facts.holder ? holder : holder.includes('@') ? normaliseEmail(holder) : holder,
    user_id: facts.holder?.id ?? null,
    name: item.text('name') || email,
    email,
    quantity: Math.max(1, item.integer('quantity') ?? 1),
    state,
    product_type: item.text('productType') ?? facts.gift?.type ?? 'products',
    list_title: item.text('listTitle') ?? facts.list?.title ?? '',
    list_owner_id: item.text('listOwnerId') ?? facts.list?.owner_id ?? '',
    locale: null,
    reserved_at: reservedAt,
    updated_at: reservedAt,
    cancelled_at: state === 'cancelled' ? reservedAt : null,
    purchased_at: state === 'purchased' ? reservedAt : null,
    thanked_at: null,
    reminded_at: null,
  };
}

/** A catalogue product, from its table's export or from a row of a CSV file; undefined without an id. */
export function productRow(attributes: Record<string, unknown>, now: Date): Row | undefined {
  const item = new Item(attributes);
  const id = item.text('productId');
  if (!id) return undefined;
  const productUrl = item.text('productUrl') ?? '';
  return {
    id,
    retailer: item.text('retailer') ?? '',
    brand: item.text('brand') ?? '',
    details: item.text('details') ?? '',
    product_url: productUrl,
    search_url: looseSearchUrl(productUrl),
    image_url: item.text('imageUrl') ?? '',
    price: item.text('price') || null,
    currency: CURRENCY,
    price_checked_at: item.time('priceCheckedDate') ?? null,
    is_search_hidden: item.isTrue('searchHidden'),
    withdrawn_at: null,
    created_at: item.time('createdAt') ?? now,
  };
}

export function notFoundRow(attributes: Record<string, unknown>, now: Date): Row | undefined {
  const item = new Item(attributes);
  const id = item.text('productId');
  if (!id) return undefined;
  return {
    id,
    brand: item.text('brand') ?? '',
    details: item.text('details') ?? '',
    product_url: item.text('productUrl') ?? '',
    image_url: item.text('imageUrl') || null,
    price: item.text('price') || null,
    currency: CURRENCY,
    created_by: item.text('createdBy') ?? '',
    created_at: item.time('createdAt') ?? now,
  };
}
