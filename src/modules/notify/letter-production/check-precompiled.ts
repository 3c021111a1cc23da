import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';
import type { SanitisedLetter } from '../letters/rewrite-precompiled.ts';
import { type Postage, postageFor } from '../recipients/postal-address.ts';
import type { NotificationPayload } from '../tasks/definitions.ts';
import { putInvalidLetter, putPrintableLetter, readBlob, scanKey } from './letter-files.ts';
import { changeLetter, findLetter, type LetterChange, type LetterRow } from './letter-queries.ts';

/** The run of `notify.check_precompiled`: scan, check and file a letter that came as PDF (internals section 6.10.3). */
export function checkPrecompiled(ctx: NotifyContext) {
  return async (jobs: Job<NotificationPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    const outcomes: JobOutcome[] = [];
    for (const job of jobs) {
      try {
        await checkOne(ctx, job, run);
        outcomes.push({ id: job.id, status: 'completed' });
      } catch (error) {
        outcomes.push({ id: job.id, status: 'failed', error });
      }
    }
    return outcomes;
  };
}

/** Files go to their new place before the row says so and leave the old one after, so every step can be repeated. */
async function checkOne(ctx: NotifyContext, job: Job<NotificationPayload>, run: TaskRun): Promise<void> {
  const letter = await findLetter(ctx.db.kysely, job.payload.id);
  if (letter?.notification_status === 'pending-virus-check') {
    const change = await judge(ctx, letter);
    await ctx.db.kysely.transaction().execute(async (trx) => {
      await changeLetter(trx, {
        ...change,
        id: letter.id,
        from: ['pending-virus-check'],
        now: ctx.clock.now(),
      });
      await run.complete(trx, [job.id]);
    });
    if (change.status === 'virus-scan-failed') {
      ctx.log.error({ notificationId: letter.id }, 'letter did not pass the virus scan');
      return;
    }
  }
  await ctx.blobs.delete(scanKey(job.payload.id));
}

type Judgement = Pick<LetterChange, 'status' | 'billableUnits' | 'address'>;

async function judge(ctx: NotifyContext, letter: LetterRow): Promise<Judgement> {
  const pdf = await readBlob(ctx.blobs, scanKey(letter.id));
  if (!pdf) throw new Error(`The file of letter ${letter.id} is not where uploads are kept`);
  if (ctx.scanner && (await ctx.scanner.scan(pdf)) === 'infected') {
    return { status: 'virus-scan-failed', billableUnits: 0 };
  }
  const service = await ctx.services.get(letter.service_id);
  const internationalLetters = service?.permissions.has('international_letters') ?? false;
  const check = await ctx.letters.sanitise(pdf, { internationalLetters });
  if (check.status === 'failed') {
    ctx.log.info(
      { notificationId: letter.id, reason: check.message, invalidPages: check.invalidPages },
      'letter failed validation',
    );
    await putInvalidLetter(ctx, letter.id, pdf);
    return { status: 'validation-failed', billableUnits: 0 };
  }
  return accept(ctx, letter, check);
}

async function accept(
  ctx: NotifyContext,
  letter: LetterRow,
  check: Extract<SanitisedLetter, { status: 'passed' }>,
): Promise<Judgement> {
  const { address, sheets, pages, leftInRgb, fontsNotEmbedded } = check;
  const postage = postageFor(address, (letter.postage ?? 'second') as Postage);
  await putPrintableLetter(ctx, { ...letter, postage }, check.pdf);
  ctx.log.info({ notificationId: letter.id, pages }, 'letter passed validation');
  if (leftInRgb.length > 0 || fontsNotEmbedded.length > 0) {
    ctx.log.warn(
      { notificationId: letter.id, leftInRgb, fontsNotEmbedded },
      'letter leaves something to the printer',
    );
  }
  const isTest = letter.key_type === 'test';
  return {
    status: isTest ? 'delivered' : 'created',
    billableUnits: isTest ? 0 : sheets,
    address: {
      recipient: address.normalisedLines.join('\n'),
      normalisedTo: address.normalisedLines.join('').replace(/\s/g, '').toLowerCase(),
      postage,
      isInternational: postage === 'europe' || postage === 'rest-of-world',
    },
  };
}
