// How many fragments a service may send free of charge in a financial year: internals section 6.12.
import { financialYearOf, londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import {
  findDefaultAllowance,
  findServicesWithoutAllowance,
  insertAllowance,
  readAllowance,
  readVolume,
  setCustomAllowance,
} from './allowance-queries.ts';

type AllowanceContext = Pick<NotifyContext, 'db' | 'clock'>;

/** Services that sent so many chargeable fragments last year have no free ones. */
const HIGH_VOLUME = 300_000;

/** The allowance of a service for a financial year; made from last year's or the default where there is none yet. */
export async function findAllowance(ctx: AllowanceContext, serviceId: string, year: number): Promise<number> {
  const known = await readAllowance(ctx.db.kysely, serviceId, year);
  if (known) return known.free_sms_fragment_limit;
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const volume = await readVolume(trx, { serviceId, from: `${year - 1}-04-01`, to: `${year}-03-31` });
    const isHighVolume = volume >= HIGH_VOLUME;
    const before = await readAllowance(trx, serviceId, year - 1);
    const isCustom = before?.has_custom_allowance ?? false;
    const carried = isCustom ? before?.free_sms_fragment_limit : undefined;
    const usual = carried ?? (await findDefaultAllowance(trx, serviceId, year));
    await insertAllowance(trx, {
      serviceId,
      year,
      limit: isHighVolume ? 0 : usual,
      isHighVolume,
      isCustom: isCustom && !isHighVolume,
      now: ctx.clock.now(),
    });
    // Another request may have been faster.
    return (await readAllowance(trx, serviceId, year))?.free_sms_fragment_limit ?? 0;
  });
}

/** An allowance that somebody agreed on; one that equals the default is none of its own. */
export async function changeAllowance(
  ctx: AllowanceContext,
  serviceId: string,
  year: number,
  limit: number,
): Promise<void> {
  await findAllowance(ctx, serviceId, year);
  const usual = await findDefaultAllowance(ctx.db.kysely, serviceId, year);
  const change = { serviceId, year, limit, isCustom: limit !== usual, now: ctx.clock.now() };
  await setCustomAllowance(ctx.db.kysely, change);
}

/** At the beginning of a financial year: an allowance for every service that lacks one. */
export async function populateAllowances(ctx: AllowanceContext, year?: number): Promise<number> {
  const wanted = year ?? financialYearOf(londonDay(ctx.clock.now()));
  const services = await findServicesWithoutAllowance(ctx.db.kysely, wanted);
  for (const id of services) await findAllowance(ctx, id, wanted);
  return services.length;
}
