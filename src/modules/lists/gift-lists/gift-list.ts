import type { Handle } from '#platform/db';
import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { isText } from '../gateway/body.ts';
import { newId } from '../ids.ts';
import { enqueueKpi } from '../kpi/kpi.ts';
import { tellPledgers } from '../reservations/pledge-letters.ts';
import { selectClaimsOfList } from '../reservations/reservation-queries.ts';
import { withConflictRetries } from '../retries.ts';
import { parseEventDate } from './event-date.ts';
import {
  countListsOfOwner,
  deleteList,
  deleteOrphanedNotFound,
  insertList,
  type ListChange,
  type OwnedList,
  selectList,
  updateList,
  updateListState,
} from './gift-list-queries.ts';
import { isHidden } from './visibility.ts';

/** Safety caps of spec section 6.4. */
const MOST_LISTS = 200;

export const LENGTHS = { title: 200, description: 5_000, occasion: 60, imageUrl: 2_048, eventDate: 100 };

const NO_DATE = 'None';

/** The list, when the caller owns it (spec section 3.3, "owner check"). Co-owners manage, and only the owner ends it. */
export async function requireOwnList(
  handle: Handle,
  caller: Caller,
  listId: string,
  options: { lock?: 'update' | 'share'; allowCoOwner?: boolean } = {},
): Promise<OwnedList> {
  const list = await selectList(handle, listId, caller.userId, options.lock);
  if (!list) throw errors.listMissing(listId);
  const manages =
    list.owner_id === caller.userId || (options.allowCoOwner === true && list.co_owner !== null);
  if (!manages) throw errors.notOwner(caller.userId, listId);
  return list;
}

export interface NewList {
  title: unknown;
  description: unknown;
  occasion: unknown;
  imageUrl: unknown;
  eventDate?: unknown;
  currency?: unknown;
  surprise?: unknown;
}

/** Creates a list: spec section 3.3.2. `isTest` keeps test traffic off the KPI dashboard. */
export async function createList(
  ctx: ListsContext,
  caller: Caller,
  input: NewList,
  trace: { correlationId: string; isTest: boolean },
): Promise<string> {
  const { title, description, occasion, imageUrl, eventDate } = input;
  const isUsable =
    isText(title, LENGTHS.title, 1) &&
    isText(description, LENGTHS.description) &&
    isText(occasion, LENGTHS.occasion) &&
    isText(imageUrl, LENGTHS.imageUrl) &&
    (eventDate === undefined || eventDate === null || isText(eventDate, LENGTHS.eventDate));
  if (!isUsable) throw errors.listNotCreated();
  if ((await countListsOfOwner(ctx.db.kysely, caller.userId)) >= MOST_LISTS) throw errors.listNotCreated();
  const { defaultSurprise } = await ctx.policy.current();
  const dateText = eventDate ?? null;
  const id = newId();
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await insertList(trx, {
      id,
      ownerId: caller.userId,
      title,
      description,
      occasion,
      imageUrl,
      eventDateText: dateText,
      eventDate: dateText === null ? null : parseEventDate(dateText),
      surprise: typeof input.surprise === 'boolean' ? input.surprise : defaultSurprise,
      currency: isCurrency(input.currency) ? input.currency : (caller.currency ?? 'GBP'),
      now: ctx.clock.now(),
    });
    await enqueueKpi(ctx, trx, trace.isTest ? [] : [{ event: 'list_created', id }]);
    await ctx.events.append(trx, [listsEvent('list.created', trace.correlationId, [id, caller.userId])]);
  });
  return id;
}

export function isCurrency(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z]{3}$/.test(value);
}

/** Replaces the details of a list: spec section 3.3.4. Returns the stored values. */
export async function replaceDetails(
  ctx: ListsContext,
  caller: Caller,
  listId: string,
  input: Record<string, unknown>,
  correlationId: string,
): Promise<{ ownerId: string; updates: Record<string, string> }> {
  // Before what is wrong with the values, as in the original.
  await requireOwnList(ctx.db.kysely, caller, listId, { allowCoOwner: true });
  const { title, description, occasion, imageUrl } = input;
  const date = input.eventDate || NO_DATE;
  if (
    !isText(title, LENGTHS.title, 1) ||
    !isText(description, LENGTHS.description) ||
    !isText(occasion, LENGTHS.occasion) ||
    !isText(imageUrl, LENGTHS.imageUrl) ||
    !isText(date, LENGTHS.eventDate)
  ) {
    throw errors.listNotUpdated();
  }
  const list = await changeList(ctx, caller, listId, correlationId, {
    title,
    description,
    occasion,
    image_url: imageUrl,
    event_date_text: date,
    event_date: date === NO_DATE ? null : parseEventDate(date),
  });
  return { ownerId: list.owner_id, updates: { title, description, eventDate: date, occasion, imageUrl } };
}

/** Changes what is given, for the owner and co-owners; what ends a surprise for the owner alone. */
export async function changeList(
  ctx: ListsContext,
  caller: Caller,
  listId: string,
  correlationId: string,
  change: ListChange,
): Promise<OwnedList> {
  return ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const list = await requireOwnList(trx, caller, listId, { lock: 'update', allowCoOwner: true });
    if (list.owner_id !== caller.userId && touchesReveal(list, change)) {
      throw errors.notOwner(caller.userId, listId);
    }
    if (Object.keys(change).length === 0) return list;
    await updateList(trx, listId, change, ctx.clock.now());
    await ctx.events.append(trx, [
      listsEvent('list.updated', correlationId, [listId], { fields: Object.keys(change) }),
    ]);
    return list;
  });
}

/** The day of the event is also the day of the reveal, unless that has a time of its own. */
function touchesReveal(list: OwnedList, change: ListChange): boolean {
  if (change.surprise !== undefined || change.reveal_at !== undefined) return true;
  const movesDay = change.event_date !== undefined && change.event_date !== list.event_date;
  return movesDay && list.surprise && list.reveal_at === null;
}

/** Closes or reopens: spec sections 3.3.6 and 6.4. */
export async function setListState(
  ctx: ListsContext,
  caller: Caller,
  listId: string,
  state: 'open' | 'closed',
  correlationId: string,
): Promise<void> {
  await withConflictRetries(() =>
    ctx.db.kysely.transaction().execute(async (trx: Handle) => {
      await requireOwnList(trx, caller, listId, { lock: 'update' });
      if (!(await updateListState(trx, listId, state, ctx.clock.now()))) return;
      if (state === 'closed') await tellOfClosing(ctx, trx, listId, correlationId);
      const name = state === 'closed' ? 'list.closed' : 'list.reopened';
      await ctx.events.append(trx, [listsEvent(name, correlationId, [listId])]);
    }),
  );
}

/** Those who have not bought yet learn that they still may: spec section 5.3. */
async function tellOfClosing(
  ctx: ListsContext,
  trx: Handle,
  listId: string,
  correlationId: string,
): Promise<void> {
  const holders = await selectClaimsOfList(trx, listId);
  await ctx.courier.send(
    trx,
    holders.map((holder) => ({
      template: 'list-closed' as const,
      to: holder.email,
      key: holder.id,
      reservationId: holder.id,
      locale: holder.locale,
      correlationId,
      onceKey: `list-closed:${holder.id}`,
    })),
  );
}

/** Deletes the list and all on it in one transaction, and tells the holders of active reservations: section 3.3.5. */
export async function removeList(
  ctx: ListsContext,
  caller: Caller,
  listId: string,
  correlationId: string,
): Promise<number> {
  return withConflictRetries(() =>
    ctx.db.kysely.transaction().execute(async (trx: Handle) => {
      const list = await requireOwnList(trx, caller, listId, { lock: 'update' });
      const rows = await removeLockedList(ctx, trx, list, correlationId);
      // The full number would tell the owner of a surprise how many reserved.
      return isHidden(list, ctx.clock.now()) ? rows.withoutReservations : rows.all;
    }),
  );
}

/** For a list that the transaction holds already, as when an account is erased. */
export async function removeLockedList(
  ctx: ListsContext,
  trx: Handle,
  list: { id: string; owner_id: string; title: string; currency: string },
  correlationId: string | null,
): Promise<{ all: number; withoutReservations: number }> {
  const holders = await selectClaimsOfList(trx, list.id);
  await ctx.courier.send(
    trx,
    holders.map((holder) => ({
      template: 'list-withdrawn' as const,
      to: holder.email,
      key: holder.id,
      locale: holder.locale,
      variables: { name: holder.name, list_title: list.title, quantity: holder.quantity },
      correlationId,
    })),
  );
  await tellPledgers(ctx, trx, list, undefined, correlationId);
  await deleteOrphanedNotFound(trx, list.id, list.owner_id, ctx.clock.now());
  const rows = await deleteList(trx, list.id, ctx.clock.now());
  await ctx.events.append(trx, [listsEvent('list.deleted', correlationId, [list.id], { rows: rows.all })]);
  return rows;
}
