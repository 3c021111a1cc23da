import type { Handle } from '#platform/db';
import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { isText, readInteger } from '../gateway/body.ts';
import { requireOwnList } from '../gift-lists/gift-list.ts';
import type { OwnedList } from '../gift-lists/gift-list-queries.ts';
import { mustNotKnow } from '../gift-lists/visibility.ts';
import { enqueueKpi } from '../kpi/kpi.ts';
import { tellPledgers } from '../reservations/pledge-letters.ts';
import { lockGifts, selectClaimsOfList } from '../reservations/reservation-queries.ts';
import { withConflictRetries } from '../retries.ts';
import { type GiftRow, PRODUCT_TYPES, type ProductType } from '../tables.ts';
import { deleteGift, type GiftChange, insertGift, productExists, updateGift } from './gift-queries.ts';

/** Safety cap of spec section 6.4, and the longest note. */
const MOST_GIFTS = 500;
const NOTES_LENGTH = 1_000;
const MOST_UNITS = 999;

export interface NewGift {
  quantity: unknown;
  productType: ProductType;
  notes?: unknown;
  mostWanted?: unknown;
  groupTarget?: unknown;
}

interface Trace {
  correlationId: string;
  isTest: boolean;
}

export function readQuantity(value: unknown): number | undefined {
  const quantity = readInteger(value);
  return quantity !== undefined && quantity >= 1 && quantity <= MOST_UNITS ? quantity : undefined;
}

export function isProductType(value: unknown): value is ProductType {
  return PRODUCT_TYPES.some((type) => type === value);
}

/** Puts a product on a list: spec section 3.3.8. */
export async function addGift(
  ctx: ListsContext,
  caller: Caller,
  key: { listId: string; productId: string },
  input: NewGift,
  trace: Trace,
): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const list = await requireOwnList(trx, caller, key.listId, { lock: 'share', allowCoOwner: true });
    await addGiftTo(ctx, trx, { list, caller, productId: key.productId, input, trace });
  });
}

/** For a list that the transaction holds. */
export async function addGiftTo(
  ctx: ListsContext,
  trx: Handle,
  gift: { list: OwnedList; caller: Caller; productId: string; input: NewGift; trace: Trace },
): Promise<void> {
  const { list, caller, productId, input, trace } = gift;
  const quantity = readQuantity(input.quantity);
  const notes = readNotes(input.notes);
  if (list.state === 'closed') throw errors.listClosed();
  if (quantity === undefined || notes === 'unusable') throw errors.productNotCreated();
  const groupTarget = readGroupTarget(input.groupTarget);
  const creators = [list.owner_id, caller.userId];
  if (!(await productExists(trx, { id: productId, type: input.productType, creators }))) {
    throw errors.productNotCreated();
  }
  const outcome = await insertGift(trx, {
    listId: list.id,
    productId,
    type: input.productType,
    quantity,
    notes: notes === '' || notes === undefined ? null : notes,
    isMostWanted: input.mostWanted === true,
    groupTarget: groupTarget ?? null,
    now: ctx.clock.now(),
    mostGifts: MOST_GIFTS,
  });
  if (outcome === 'exists') throw errors.productExists();
  if (outcome === 'full') throw errors.productNotCreated();
  await enqueueKpi(ctx, trx, trace.isTest ? [] : [{ event: 'gift_added', id: productId }]);
  await ctx.events.append(trx, [
    listsEvent('gift.added', trace.correlationId, [list.id, productId], { type: input.productType }),
  ]);
}

export interface GiftEdit {
  quantity?: unknown;
  /** Absent leaves the note; an empty text or null clears it. */
  notes?: unknown;
  mostWanted?: unknown;
  groupTarget?: unknown;
}

/** Changes a gift: spec section 3.3.9. Returns what was set. */
export async function editGift(
  ctx: ListsContext,
  caller: Caller,
  key: { listId: string; productId: string },
  edit: GiftEdit,
  correlationId: string,
): Promise<{ quantity?: number; notes?: string }> {
  return withConflictRetries(() =>
    ctx.db.kysely.transaction().execute(async (trx: Handle) => {
      const list = await requireOwnList(trx, caller, key.listId, { lock: 'share', allowCoOwner: true });
      const [gift] = await lockGifts(trx, [key]);
      if (!gift) throw errors.productNotOnList();
      const change: GiftChange = {};
      const answer: { quantity?: number; notes?: string } = {};
      if (edit.quantity !== undefined) {
        const quantity = readQuantity(edit.quantity);
        if (quantity === undefined) throw errors.productNotUpdated();
        const claimed = gift.reserved + gift.purchased;
        const isBlind = mustNotKnow(list, caller, ctx.clock.now());
        if (quantity < claimed && !isBlind) throw errors.quantityBelowClaims(claimed);
        // Somebody who must not know of claims is not told by a refusal: holders are told instead.
        change.quantity = Math.max(quantity, claimed);
        change.owner_quantity = quantity < claimed ? quantity : null;
        answer.quantity = quantity;
        if (quantity < claimed) await tellHolders(ctx, trx, list, key.productId, correlationId);
      }
      if (edit.notes !== undefined) {
        const notes = readNotes(edit.notes);
        if (notes === 'unusable') throw errors.productNotUpdated();
        change.notes = notes === '' ? null : (notes ?? null);
        if (notes) answer.notes = notes;
      }
      if (typeof edit.mostWanted === 'boolean') change.is_most_wanted = edit.mostWanted;
      if (edit.groupTarget !== undefined) {
        const target = edit.groupTarget === null ? null : readGroupTarget(edit.groupTarget);
        checkGroupTarget(gift, target ?? null, mustNotKnow(list, caller, ctx.clock.now()));
        change.group_target = target ?? null;
      }
      await updateGift(trx, key, change);
      await ctx.events.append(trx, [
        listsEvent('gift.updated', correlationId, [key.listId, key.productId], {
          fields: Object.keys(change),
        }),
      ]);
      return answer;
    }),
  );
}

/** Takes a gift off the list: spec section 3.3.10. */
export async function removeGift(
  ctx: ListsContext,
  caller: Caller,
  key: { listId: string; productId: string },
  correlationId: string,
): Promise<void> {
  await withConflictRetries(() =>
    ctx.db.kysely.transaction().execute(async (trx: Handle) => {
      const list = await requireOwnList(trx, caller, key.listId, { lock: 'update', allowCoOwner: true });
      const [gift] = await lockGifts(trx, [key]);
      if (!gift) throw errors.productNotDeleted();
      const isBlind = mustNotKnow(list, caller, ctx.clock.now());
      if (gift.reserved + gift.purchased + gift.group_pledged > 0) {
        if (!isBlind) throw errors.productNotDeleted();
        await tellHolders(ctx, trx, list, key.productId, correlationId);
        await tellPledgers(ctx, trx, list, key.productId, correlationId);
      }
      await deleteGift(trx, key, ctx.clock.now());
      await ctx.events.append(trx, [
        listsEvent('gift.removed', correlationId, [key.listId, key.productId], { type: gift.type }),
      ]);
    }),
  );
}

async function tellHolders(
  ctx: ListsContext,
  trx: Handle,
  list: OwnedList,
  productId: string,
  correlationId: string,
): Promise<void> {
  const holders = await selectClaimsOfList(trx, list.id, productId);
  await ctx.courier.send(
    trx,
    holders.map((holder) => ({
      template: 'gift-withdrawn' as const,
      to: holder.email,
      key: holder.id,
      locale: holder.locale,
      variables: {
        name: holder.name,
        list_title: list.title,
        quantity: holder.quantity,
        list_url: `${ctx.publicOrigin}/lists/${list.id}`,
      },
      correlationId,
    })),
  );
}

/** Undefined when absent, empty when to be cleared. */
function readNotes(value: unknown): string | undefined | 'unusable' {
  if (value === undefined) return undefined;
  if (value === null) return '';
  return isText(value, NOTES_LENGTH) ? value : 'unusable';
}

/** What a gift for many costs, in the smallest coin of the list's currency. */
function readGroupTarget(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const target = readInteger(value);
  if (target === undefined || target < 1 || target > 100_000_000) {
    throw errors.invalid(
      'group_target_invalid',
      'groupTarget must be a whole number of pence or cents, at least 1.',
    );
  }
  return target;
}

function checkGroupTarget(
  gift: Pick<GiftRow, 'reserved' | 'purchased' | 'group_target' | 'group_pledged'>,
  target: number | null,
  isBlind: boolean,
): void {
  if (target === gift.group_target) return;
  // Refused whether anything is claimed or not: a refusal now and then would tell.
  if (isBlind) {
    throw errors.conflict(
      'own_surprise',
      'While claims are hidden from you, how a gift is given cannot change: remove it and add it again.',
    );
  }
  const isClaimed = gift.reserved + gift.purchased > 0;
  const isPledged = gift.group_pledged > 0 && (target === null || target < gift.group_pledged);
  if (isClaimed || isPledged) {
    throw errors.conflict(
      'gift_claimed',
      'This gift has reservations or pledges, so how it is given cannot change.',
    );
  }
}
