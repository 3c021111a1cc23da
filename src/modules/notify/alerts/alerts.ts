// What people are told when something is not as it should be: internals sections 6.10.8 and 8.3.
import { addDays, londonDay, londonMidnight, londonTime, weekday } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { measureSlowness } from '../delivery/provider-queries.ts';
import { createNotifyFace } from '../face/face.ts';
import { isPrintDay, printDaysBefore } from '../letters/letter-timings.ts';
import { cutOffOf } from '../retention/archive-notifications.ts';
import { DEFAULT_RETENTION_DAYS } from '../retention/retention-queries.ts';
import {
  countFreeNumbers,
  countLettersCreatedBefore,
  countLettersInTechnicalFailure,
  countLettersPendingVirusCheck,
  countLettersSendingSince,
  countSlowMinute,
  countStuckLetters,
  findNewBrands,
  findSuspiciousServices,
  insertAlert,
} from './alert-queries.ts';

const DEADLINE_MINUTES = 17 * 60 + 30;
const DAY_MS = 86_400_000;
const FEW_NUMBERS = 50;
const SLOW_SHARE = 0.1;
const SLOW_MINUTES = 10;

/** An error in the log, and a mail to those who asked for it: once for each key, however often it is raised. */
export async function raiseAlert(
  ctx: NotifyContext,
  alert: { key: string; title: string; text: string; facts: Record<string, unknown> },
): Promise<void> {
  if (!(await insertAlert(ctx.db.kysely, alert.key, ctx.clock.now()))) return;
  ctx.log.error({ alert: alert.key, ...alert.facts }, alert.title);
  ctx.metrics.alerts.inc({ alert: alert.key.split(' ')[0] ?? '' });
  if (!ctx.config.mailsAlerts) return;
  const face = createNotifyFace(ctx);
  for (const to of ctx.config.alertEmailAddresses) {
    await face.sendEmail({
      idempotencyKey: `alert ${alert.key} ${to}`,
      to,
      subject: `[${ctx.config.environment}] ${alert.title}`,
      body: alert.text,
      correlationId: `alert-${alert.key.replaceAll(' ', '-')}`,
    });
  }
}

/** Weekdays: letters made before half past five yesterday should be with the printer. */
export async function checkLettersCreated(ctx: NotifyContext): Promise<void> {
  const today = londonDay(ctx.clock.now());
  const count = await countLettersCreatedBefore(
    ctx.db.kysely,
    londonTime(addDays(today, -1), DEADLINE_MINUTES),
  );
  if (count === 0) return;
  await raiseAlert(ctx, {
    key: `letters-still-created ${today}`,
    title: 'Letters still in created status',
    text: `${count} letters were made before 17:30 yesterday and were not handed to the printer.\n\nSee which with \`signalbox notify run-scheduled-task check-time-to-collate-letters\` at 17:50, or the message log.`,
    facts: { count },
  });
}

export async function checkLettersFailed(ctx: NotifyContext): Promise<void> {
  const now = ctx.clock.now();
  const count = await countLettersInTechnicalFailure(ctx.db.kysely, new Date(now.getTime() - 3 * DAY_MS));
  if (count === 0) return;
  await raiseAlert(ctx, {
    key: `letters-technical-failure ${londonDay(now)}`,
    title: 'Letters in technical failure',
    text: `${count} letters failed for technical reasons in the last three days.\n\nHave one printed again with \`signalbox notify print-letter-again\`.`,
    facts: { count },
  });
}

/** On days that the printer works: what was handed over two working days ago should be despatched. */
export async function checkLettersSending(ctx: NotifyContext): Promise<void> {
  const today = londonDay(ctx.clock.now());
  if (!isPrintDay(today)) return;
  const before = londonMidnight(addDays(printDaysBefore(today, 2), 1));
  const count = await countLettersSendingSince(ctx.db.kysely, before);
  if (count === 0) return;
  await raiseAlert(ctx, {
    key: `letters-still-sending ${today}`,
    title: 'Letters still sending',
    text: `The printer has had ${count} letters for two working days or longer and reported none of them as despatched.`,
    facts: { count },
  });
}

/** Letters wait three days for their scan at most; older ones need a person. */
export async function checkLettersPendingScan(ctx: NotifyContext): Promise<void> {
  const now = ctx.clock.now();
  const count = await countLettersPendingVirusCheck(ctx.db.kysely, {
    from: new Date(now.getTime() - 5 * DAY_MS),
    to: new Date(now.getTime() - 3 * DAY_MS),
  });
  if (count === 0) return;
  await raiseAlert(ctx, {
    key: `letters-pending-virus-check ${londonDay(now)}`,
    title: 'Letters still pending virus check',
    text: `${count} letters have waited for their virus scan for more than three days.`,
    facts: { count },
  });
}

export async function checkFreeNumbers(ctx: NotifyContext): Promise<void> {
  const count = await countFreeNumbers(ctx.db.kysely);
  if (count > FEW_NUMBERS) return;
  await raiseAlert(ctx, {
    key: `low-inbound-numbers ${londonDay(ctx.clock.now())}`,
    title: 'Low number of inbound numbers',
    text: `${count} inbound numbers are free. Add more with \`signalbox notify insert-inbound-numbers\`.`,
    facts: { count },
  });
}

export async function checkFailureRates(ctx: NotifyContext): Promise<void> {
  const now = ctx.clock.now();
  const window = { from: new Date(now.getTime() - DAY_MS), to: now };
  const services = await findSuspiciousServices(ctx.db.kysely, window);
  if (services.length === 0) return;
  const lines = services.map(
    (one) =>
      `* service ${one.service_id}: ${one.total} texts, ${one.permanent} failed for good, ${one.to_tv_numbers} to numbers for drama`,
  );
  await raiseAlert(ctx, {
    key: `high-failure-rates ${londonDay(now)}`,
    title: 'High failure rates or texts to numbers for drama',
    text: `In the last 24 hours:\n\n${lines.join('\n')}`,
    facts: { services: services.map((one) => one.service_id) },
  });
}

/** Weekdays: brands that people without a platform's rights made since the weekday before, for somebody to look at. */
export async function reportNewBrands(ctx: NotifyContext): Promise<void> {
  const today = londonDay(ctx.clock.now());
  // From Friday on Mondays.
  const since = addDays(today, weekday(today) === 1 ? -3 : -1);
  const window = { from: londonMidnight(since), to: londonMidnight(today) };
  const brands = await findNewBrands(ctx.db.kysely, window);
  if (brands.length === 0) return;
  const lines = brands.map((brand) => `* ${brand.name} (${brand.id})`);
  await raiseAlert(ctx, {
    key: `new-email-brands ${today}`,
    title: 'New email brands',
    text: `Made since ${since}:\n\n${lines.join('\n')}`,
    facts: { brands: brands.map(({ id }) => id) },
  });
}

/** Each minute: shares of texts that were not delivered in five minutes, and an alert after ten such minutes in a row. */
export async function watchSlowTexts(ctx: NotifyContext): Promise<void> {
  const now = ctx.clock.now();
  const measured = await measureSlowness(ctx.db.kysely, now);
  const retention = cutOffOf(now, DEFAULT_RETENTION_DAYS);
  const deadline = londonTime(addDays(londonDay(now), -1), DEADLINE_MINUTES);
  const stuck = await countStuckLetters(ctx.db.kysely, { deadline, retention });
  ctx.metrics.stuckLetters.set({ state: 'created past the print run' }, stuck.past_deadline);
  ctx.metrics.stuckLetters.set({ state: 'sending past retention' }, stuck.sending_past_retention);
  if (!ctx.config.checksSlowTexts) return;
  const sum = measured.reduce((all, one) => ({ slow: all.slow + one.slow, total: all.total + one.total }), {
    slow: 0,
    total: 0,
  });
  const minute = new Date(Math.floor(now.getTime() / 60_000) * 60_000);
  const minutes = await countSlowMinute(
    ctx.db.kysely,
    minute,
    sum.total > 0 && sum.slow / sum.total >= SLOW_SHARE,
  );
  if (minutes !== SLOW_MINUTES) return;
  await raiseAlert(ctx, {
    key: `slow-texts ${minute.toISOString()}`,
    title: 'Text messages are slow',
    text: `For ten minutes ${Math.round((100 * sum.slow) / sum.total)} % of text messages took longer than five minutes.`,
    facts: sum,
  });
}
