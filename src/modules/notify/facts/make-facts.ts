import { addDays, londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { NOTIFICATION_TYPES, type NotificationType } from '../services/service.ts';
import {
  type FactSlice,
  isDeepArchived,
  lockFacts,
  replaceBillingFacts,
  replaceDespatchFacts,
  replaceProcessingTime,
  replaceStatusFacts,
} from './fact-queries.ts';

type FactContext = Pick<NotifyContext, 'db' | 'clock' | 'log'>;

/** Texts and emails are final after three days, letters after nine; a day more for each. */
const STATUS_DAYS: Readonly<Record<NotificationType, number>> = { sms: 4, email: 4, letter: 10 };
const BILLING_DAYS = 10;

/** The day is in files already: facts made of what is left would be wrong. */
export class FactsArchivedError extends Error {
  constructor(day: string) {
    super(`Messages of ${day} are archived in files; its facts stay as they are`);
    this.name = 'FactsArchivedError';
  }
}

/** Makes billing facts of a London day anew, of one service or all; the same however often. */
export async function rebuildBilling(ctx: FactContext, day: string, serviceId?: string): Promise<void> {
  for (const type of NOTIFICATION_TYPES) {
    await replace(ctx, `billing ${type}`, sliceOf(day, type, serviceId), replaceBillingFacts);
  }
}

export async function rebuildStatuses(
  ctx: FactContext,
  day: string,
  types: readonly NotificationType[] = NOTIFICATION_TYPES,
): Promise<void> {
  for (const type of types) await replace(ctx, `status ${type}`, sliceOf(day, type), replaceStatusFacts);
}

async function replace(
  ctx: FactContext,
  name: string,
  slice: FactSlice,
  write: typeof replaceBillingFacts,
): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await lockFacts(trx, `${name} ${slice.day}`);
    if (await isDeepArchived(trx, slice)) throw new FactsArchivedError(slice.day);
    await write(trx, slice);
  });
}

function sliceOf(day: string, type: NotificationType, serviceId?: string): FactSlice {
  const [from, to] = [londonMidnight(day), londonMidnight(addDays(day, 1))];
  return { day, from, to, type, ...(serviceId === undefined ? {} : { serviceId }) };
}

/** Each hour: what today has cost so far. */
export async function updateBillingForToday(ctx: FactContext): Promise<void> {
  await rebuildBilling(ctx, londonDay(ctx.clock.now()));
}

/** Each night: the last ten days, which late receipts and late prices change. */
export async function createNightlyBilling(ctx: FactContext): Promise<void> {
  const today = londonDay(ctx.clock.now());
  for (let ago = 1; ago <= BILLING_DAYS; ago += 1) {
    const day = addDays(today, -ago);
    await rebuildBilling(ctx, day);
    await ctx.db.kysely.transaction().execute(async (trx) => {
      await lockFacts(trx, `despatch ${day}`);
      await replaceDespatchFacts(trx, { day, from: londonMidnight(day) });
    });
  }
}

/** Each night: how many messages of each status there are, for the days on which that may still have changed. */
export async function createNightlyStatuses(ctx: FactContext): Promise<void> {
  const today = londonDay(ctx.clock.now());
  for (const type of NOTIFICATION_TYPES) {
    for (let ago = 1; ago <= STATUS_DAYS[type]; ago += 1) {
      await rebuildStatuses(ctx, addDays(today, -ago), [type]);
    }
  }
}

/** Each night: yesterday's share of messages that were with a provider within ten seconds. */
export async function saveProcessingTime(ctx: FactContext): Promise<void> {
  const day = addDays(londonDay(ctx.clock.now()), -1);
  const [from, to] = [londonMidnight(day), londonMidnight(addDays(day, 1))];
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await lockFacts(trx, `processing time ${day}`);
    await replaceProcessingTime(trx, { day, from, to });
  });
}
