// What a service used and what it costs: internals section 6.12.
import { financialYearOf, londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import type { NotificationType } from '../services/service.ts';
import { findAllowance } from './allowances.ts';
import { listUsage, type UsageRow } from './fact-queries.ts';
import { rebuildBilling } from './make-facts.ts';

export interface Usage {
  notificationType: NotificationType;
  /** `none` for what is no letter. */
  postage: string;
  /** Pounds for a unit; letters: for a letter of that many sheets. */
  rate: number;
  chargeableUnits: number;
  notificationsSent: number;
  freeAllowanceUsed: number;
  chargedUnits: number;
  cost: number;
}

export interface MonthlyUsage extends Usage {
  /** `2026-08`. */
  month: string;
}

/** Usage of a financial year by channel and price; `year` is the one it starts in. */
export async function usageOfYear(ctx: NotifyContext, serviceId: string, year: number): Promise<Usage[]> {
  const rows = await pricedRows(ctx, serviceId, year);
  return sumBy(rows, ({ notificationType, rate }) => `${notificationType} ${rate}`).map((usage) => ({
    ...usage,
    postage: usage.notificationType === 'letter' ? usage.postage : 'none',
  }));
}

/** The same by month and postage, today included. */
export async function usageByMonth(
  ctx: NotifyContext,
  serviceId: string,
  year: number,
): Promise<MonthlyUsage[]> {
  const today = londonDay(ctx.clock.now());
  if (financialYearOf(today) === year) await rebuildBilling(ctx, today, serviceId);
  const rows = await pricedRows(ctx, serviceId, year);
  return sumBy(rows, (row) => `${row.month} ${row.notificationType} ${row.rate} ${row.postage}`);
}

/** Days in order, each with what of it the free allowance still covered. */
async function pricedRows(ctx: NotifyContext, serviceId: string, year: number): Promise<MonthlyUsage[]> {
  const allowance = await findAllowance(ctx, serviceId, year);
  const rows = await listUsage(ctx.db.kysely, { serviceId, from: `${year}-04-01`, to: `${year + 1}-03-31` });
  let used = 0;
  return rows.map((row) => {
    const free = row.notification_type === 'sms' ? Math.max(allowance - used, 0) : 0;
    if (row.notification_type === 'sms') used += Number(row.chargeable_units);
    return priced(row, free);
  });
}

function priced(row: UsageRow, freeLeft: number): MonthlyUsage {
  const units = Number(row.chargeable_units);
  const rate = Number(row.rate);
  const isLetter = row.notification_type === 'letter';
  const free = isLetter ? 0 : Math.min(freeLeft, units);
  const charged = isLetter ? row.notifications_sent : units - free;
  return {
    month: row.day.slice(0, 7),
    notificationType: row.notification_type,
    postage: row.postage,
    rate,
    chargeableUnits: isLetter ? row.notifications_sent : row.notification_type === 'email' ? 0 : units,
    notificationsSent: row.notifications_sent,
    freeAllowanceUsed: free,
    chargedUnits: row.notification_type === 'email' ? 0 : charged,
    cost: pounds(charged * rate),
  };
}

/** Prices have four decimals at most, so six keep every product exact enough to add up. */
function pounds(value: number): number {
  return Number(value.toFixed(6));
}

function sumBy<T extends Usage>(rows: readonly T[], keyOf: (row: T) => string): T[] {
  const sums = new Map<string, T>();
  for (const row of rows) {
    const key = keyOf(row);
    const sum = sums.get(key);
    if (!sum) sums.set(key, { ...row });
    else {
      sum.chargeableUnits += row.chargeableUnits;
      sum.notificationsSent += row.notificationsSent;
      sum.freeAllowanceUsed += row.freeAllowanceUsed;
      sum.chargedUnits += row.chargedUnits;
      sum.cost = pounds(sum.cost + row.cost);
    }
  }
  return [...sums.values()];
}
