import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';
import { openPersonalisation } from '../delivery/sms-out.ts';
import { readAttachment } from '../letter-attachments/attachments.ts';
import { keyOf } from '../services/templates.ts';
import type { NotificationPayload } from '../tasks/definitions.ts';
import { fillLetter } from '../templates/letter.ts';
import { putInvalidLetter, putPrintableLetter } from './letter-files.ts';
import { changeLetter, findLetter, type LetterRow } from './letter-queries.ts';

/** The run of `notify.create_letter_pdf`: internals section 6.10.2. */
export function createLetterPdf(ctx: NotifyContext) {
  return async (jobs: Job<NotificationPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    const outcomes: JobOutcome[] = [];
    // One after the other: there is one thread for letters.
    for (const job of jobs) {
      try {
        await createOne(ctx, job, run);
        outcomes.push({ id: job.id, status: 'completed' });
      } catch (error) {
        outcomes.push({ id: job.id, status: 'failed', error });
      }
    }
    return outcomes;
  };
}

async function createOne(ctx: NotifyContext, job: Job<NotificationPayload>, run: TaskRun): Promise<void> {
  const letter = await findLetter(ctx.db.kysely, job.payload.id);
  const isTest = letter?.key_type === 'test';
  const isWanted =
    letter &&
    (letter.notification_status === 'created' || (isTest && letter.notification_status === 'sending'));
  if (!letter || !isWanted || letter.billable_units > 0) {
    ctx.log.warn({ notificationId: job.payload.id }, 'letter needs no PDF any more');
    return;
  }
  const rendered = await renderTemplatedLetter(ctx, letter);
  // The file is there before the row says so; a run that dies between the two writes it again.
  if (rendered.isTooLong) await putInvalidLetter(ctx, letter.id, rendered.pdf);
  else await putPrintableLetter(ctx, letter, rendered.pdf);
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await changeLetter(trx, {
      id: letter.id,
      from: [letter.notification_status],
      ...outcomeOf(ctx, letter, rendered),
      now: ctx.clock.now(),
    });
    await run.complete(trx, [job.id]);
  });
  ctx.log.info({ notificationId: letter.id, pages: rendered.pages }, 'letter PDF created');
}

function outcomeOf(ctx: NotifyContext, letter: LetterRow, rendered: { isTooLong: boolean; sheets: number }) {
  if (rendered.isTooLong) return { status: 'validation-failed' as const, billableUnits: 0 };
  if (letter.key_type !== 'test') {
    return { status: 'created' as const, billableUnits: rendered.sheets, keepsUpdatedAt: true };
  }
  // Letters of test keys are never printed; their despatch is made up (internals section 6.9).
  const status = ctx.config.fakesLetterDelivery ? ('delivered' as const) : letter.notification_status;
  return { status, billableUnits: 0 };
}

/** The print file of a letter from a template, with what is attached to it. */
export async function renderTemplatedLetter(ctx: NotifyContext, letter: LetterRow) {
  const template = (await ctx.templates.versionsOf([letter])).get(keyOf(letter));
  if (!template) throw new Error(`Letter ${letter.id} points at a template version that is not there`);
  const texts = fillLetter(template.letter(), openPersonalisation(ctx, letter.personalisation));
  return ctx.letters.render({
    addressLines: letter.recipient.split('\n'),
    contactBlock: texts.contactBlock,
    date: letter.created_at,
    english: texts.english,
    welsh: texts.welsh,
    logo: await logoOf(ctx, letter.service_id),
    attachment: await readAttachment(ctx, template.row),
  });
}

/** The mark of the service's brand, where the website's logos can be read. */
async function logoOf(ctx: NotifyContext, serviceId: string): Promise<Buffer | undefined> {
  const filename = (await ctx.services.get(serviceId))?.letterLogo ?? null;
  return filename === null ? undefined : ctx.websiteBuckets.letterLogo(filename);
}
