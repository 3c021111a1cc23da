// A letter that somebody uploaded as PDF and the website has checked: internals section 3.4.9.
import { violatedConstraint } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import { BadRequestError, TooManyRequestsError } from '../errors.ts';
import { putPrintableLetter } from '../letter-production/letter-files.ts';
import { reserveMessages } from '../limits/limit-queries.ts';
import { dayOf } from '../limits/request-limits.ts';
import type { NewNotification } from '../notifications/accept.ts';
import { insertFinalNotifications } from '../notifications/accept-queries.ts';
import { type Postage, readPostalAddress } from '../recipients/postal-address.ts';
import { findOrMakePrecompiledTemplate } from '../sending/precompiled-template.ts';
import { checkPermission, letterReference, sealPersonalisation } from '../sending/send-context.ts';
import type { Service } from '../services/service.ts';
import type { UserRow } from '../users/user-queries.ts';
import { pdfKey, readWebsiteBytes } from '../website-files/website-buckets.ts';
import { findSentLetter } from './upload-list-queries.ts';

export interface UploadedLetter {
  /** The id of the upload and of the letter. */
  fileId: string;
  filename: string;
  postage: Postage;
  /** As the website writes it, line by line. */
  address: string;
  creator: UserRow;
  correlationId: string;
}

const TRIAL_MODE =
  'Can’t send to this recipient when service is in trial mode – see https://www.notifications.service.gov.uk/trial-mode';

/** Resolves once the letter waits for its print run; a repeated call sends nothing twice. */
export async function sendUploadedLetter(
  ctx: NotifyContext,
  service: Service,
  letter: UploadedLetter,
): Promise<void> {
  if (await isSent(ctx, service, letter)) return;
  checkPermission(service, 'letter');
  if (service.isRestricted) throw new BadRequestError(TRIAL_MODE);
  if (!letter.creator.services.includes(service.id)) {
    throw new BadRequestError(
      `Can’t create notification - ${letter.creator.name} is not part of the "${service.name}" service`,
    );
  }
  const key = pdfKey(service.id, letter.fileId);
  const pdf = await readWebsiteBytes(ctx.websiteBuckets.transientLetters, key);
  if (!pdf) throw new BadRequestError('The file of the letter is not where uploads are kept', 404);
  const { pages } = await ctx.letters.check(pdf, { internationalLetters: true });
  if (pages === undefined) throw new BadRequestError('The file of the letter cannot be read');
  const row = await rowOf(ctx, service, letter, Math.ceil(pages / 2));
  // The file is where the printer's run looks before the row says so.
  await putPrintableLetter(
    ctx,
    { ...row, reference: row.reference ?? null, postage: letter.postage, notification_status: row.status },
    pdf,
  );
  try {
    await insertCounted(ctx, service, row);
  } catch (error) {
    // The same letter at the same time: one of the two calls sent it.
    if (violatedConstraint(error) !== 'notifications_pkey' || !(await isSent(ctx, service, letter)))
      throw error;
  }
  await ctx.websiteBuckets.transientLetters?.delete(key);
}

async function isSent(ctx: NotifyContext, service: Service, letter: UploadedLetter): Promise<boolean> {
  const sent = await findSentLetter(ctx.db.kysely, letter.fileId);
  if (sent && sent.service_id !== service.id) throw new BadRequestError('No result found', 404);
  return sent !== undefined;
}

async function rowOf(
  ctx: NotifyContext,
  service: Service,
  letter: UploadedLetter,
  sheets: number,
): Promise<NewNotification> {
  const template = await findOrMakePrecompiledTemplate(ctx, service.id);
  const address = readPostalAddress(letter.address);
  return {
    id: letter.fileId,
    service_id: service.id,
    template_id: template.id,
    template_version: template.version,
    api_key_id: null,
    key_type: 'normal',
    notification_type: 'letter',
    status: 'created',
    created_at: ctx.clock.now(),
    client_reference: letter.filename,
    reference: letterReference(),
    recipient: address.normalisedLines.join('\n'),
    normalised_to: address.normalisedLines.join('').replace(/\s/g, '').toLowerCase(),
    personalisation: sealPersonalisation(ctx, { address_line_1: letter.filename }),
    billable_units: sheets,
    international: letter.postage === 'europe' || letter.postage === 'rest-of-world',
    postage: letter.postage,
    created_by_id: letter.creator.id,
    correlation_id: letter.correlationId,
  };
}

/** Row and daily counter together; nothing is queued, the print run finds the letter. */
async function insertCounted(ctx: NotifyContext, service: Service, row: NewNotification): Promise<void> {
  const limit = ctx.config.isDailyLimited ? service.limits.letter : Number.MAX_SAFE_INTEGER;
  const count = { service_id: service.id, channel: 'letter' as const, day: dayOf(row.created_at) };
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await insertFinalNotifications(trx, [row]);
    const hasRoom = await reserveMessages(trx, { ...count, messages: 1, most: limit });
    if (!hasRoom) throw new TooManyRequestsError('letter', limit);
  });
}
