// The daily hand-over to the printer: internals section 6.10.4.
import type { TaskRun } from '#platform/jobs';
import { londonDay, londonMinutes, londonTime } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { insertInternalSend } from '../face/face-queries.ts';
import { jobIdOf, newNotificationId } from '../notifications/notification.ts';
import { monitored } from '../schedules/monitor.ts';
import { deliverLetterTask } from '../tasks/definitions.ts';
import { sendBuiltIn } from '../users/built-in-messages.ts';
import { BUILT_IN } from '../users/built-in-templates-data.ts';
import { countLettersToPrint, findLettersToPrint, type PrintVolume } from './printing-queries.ts';

/** By London clocks, in minutes of the day. */
const DEADLINE = 17 * 60 + 30;
const COLLATION_BEGINS = 17 * 60 + 50;
const COLLATION_ENDS = 18 * 60 + 50;
const BATCH = 100;

/**
 * Called at 16:50 and 17:50 UTC, of which one is 17:50 in London: letters made before 17:30 go to the printer. A second
 * call mails nobody twice and queues nothing twice.
 */
export function collateLetters(ctx: NotifyContext) {
  return async (run: Pick<TaskRun, 'signal'>): Promise<void> => {
    const now = ctx.clock.now();
    const minutes = londonMinutes(now);
    if (minutes < COLLATION_BEGINS || minutes >= COLLATION_ENDS) return;
    await monitored(ctx, ['collate-letter-pdfs-to-be-sent'], () =>
      runPrintRun(ctx, londonDay(now), run.signal),
    );
  };
}

/** The print run of a London day; an operator may ask for one at any time of it. */
export async function runPrintRun(ctx: NotifyContext, day: string, signal: AbortSignal): Promise<number> {
  const deadline = londonTime(day, DEADLINE);
  await mailVolumes(ctx, day, await countLettersToPrint(ctx.db.kysely, deadline));
  let after: { createdAt: string; id: string } | undefined;
  let queued = 0;
  while (!signal.aborted) {
    const letters = await findLettersToPrint(ctx.db.kysely, { deadline, after, limit: BATCH });
    await ctx.jobs.enqueue(
      null,
      deliverLetterTask,
      letters.map((letter) => ({
        // The letter's own: one that waits or is under way already is left alone.
        id: jobIdOf(letter.id),
        payload: { id: letter.id },
        key: letter.service_id,
        correlationId: letter.correlation_id,
      })),
    );
    queued += letters.length;
    const last = letters.at(-1);
    if (!last || letters.length < BATCH) break;
    after = { createdAt: last.created_at, id: last.id };
  }
  ctx.log.info({ count: queued, day }, 'letters are handed over to the printer');
  return queued;
}

/** Tells the printer's people what comes, once a day. */
async function mailVolumes(ctx: NotifyContext, day: string, volumes: readonly PrintVolume[]): Promise<void> {
  const now = ctx.clock.now();
  for (const to of ctx.config.printEmailAddresses) {
    const id = newNotificationId(now.getTime());
    await ctx.db.kysely.transaction().execute(async (trx) => {
      const key = `letters-volume ${day} ${to}`;
      if (!(await insertInternalSend(trx, { key, notificationId: id, now }))) return;
      await sendBuiltIn(ctx, trx, {
        id,
        templateId: BUILT_IN.lettersVolume,
        to,
        personalisation: volumesOf(day, volumes),
        correlationId: `print-run-${day}`,
      });
    });
  }
}

/** Every figure of the built-in template: internals section 6.10.4. */
export function volumesOf(day: string, volumes: readonly PrintVolume[]): Record<string, string> {
  const of = (name: string, ...postages: string[]) => {
    const found = volumes.filter(({ postage }) => postages.includes(postage));
    return {
      [`${name}_volume`]: String(found.reduce((sum, volume) => sum + volume.letters, 0)),
      [`${name}_sheets`]: String(found.reduce((sum, volume) => sum + volume.sheets, 0)),
    };
  };
  return {
    date: longDate(day),
    ...of('total', 'first', 'second', 'economy', 'europe', 'rest-of-world'),
    ...of('first_class', 'first'),
    ...of('second_class', 'second'),
    ...of('economy_mail', 'economy'),
    ...of('international', 'europe', 'rest-of-world'),
  };
}

/** `02 August 2026`. */
export function longDate(day: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString('en-GB', {
    day: '2-digit',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
}
