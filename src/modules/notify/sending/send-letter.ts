import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { BadRequestError, ValidationError } from '../errors.ts';
import { putUnscannedLetter } from '../letter-production/letter-files.ts';
import type { Acceptance, NewNotification } from '../notifications/accept.ts';
import {
  addressFromPersonalisation,
  findAddressProblem,
  type Postage,
  postageFor,
  readPostalAddress,
} from '../recipients/postal-address.ts';
import { cleanPersonalisation, cleanText } from '../requests/personalisation-values.ts';
import { limitOf } from '../services/service.ts';
import { checkPrecompiledTask, createLetterPdfTask } from '../tasks/definitions.ts';
import { isEmptyBody } from '../templates/email.ts';
import { findQrCodeProblem, renderLetterForApi } from '../templates/letter.ts';
import { decodeBase64 } from './base64-text.ts';
import { findOrMakePrecompiledTemplate } from './precompiled-template.ts';
import {
  acceptedAnswer,
  checkNoFiles,
  checkNothingMissing,
  checkPermission,
  findSendableTemplate,
  letterReference,
  newId,
  type SendRequest,
  sealPersonalisation,
} from './send-context.ts';

/** Public sections 3.6 and 3.8 from step 6 on; `body` fits its schema. Returns the body of the 201. */
export async function sendLetter(ctx: NotifyContext, request: SendRequest, body: Record<string, unknown>) {
  const { service } = request;
  checkPermission(service, 'letter');
  const template = await findSendableTemplate(ctx, service, readUuid(body.template_id) ?? '', 'letter');
  const personalisation = cleanPersonalisation(body.personalisation);
  const compiled = template.letter();
  const qrCode = findQrCodeProblem(compiled, personalisation);
  if (qrCode) {
    const { message, data, numBytes, maxBytes } = qrCode;
    throw new ValidationError([message], { data, num_bytes: numBytes, max_bytes: maxBytes });
  }
  checkNothingMissing(template, personalisation);
  const content = renderLetterForApi(compiled, personalisation);
  if (isEmptyBody(compiled.content, content.body)) throw new BadRequestError('Your message is empty.');
  checkNoFiles(personalisation);
  checkMaySendLetters(request);
  const address = checkAddress(request, personalisation);

  const id = newId(ctx);
  const reference = body.reference === undefined ? null : cleanText(String(body.reference));
  const postage = postageFor(address, (template.row.postage ?? 'second') as Postage);
  await ctx.acceptor.accept({
    notification: {
      ...letterRow(ctx, request, { id, reference, postage }),
      template_id: template.row.id,
      template_version: template.row.version,
      // Letters of test keys are on their way at once; their PDF follows (public section 6.17).
      status: request.keyType === 'test' ? 'sending' : 'created',
      ...(request.keyType === 'test' ? { sent_at: ctx.clock.now() } : {}),
      recipient: address.normalisedLines.join('\n'),
      normalised_to: address.normalisedLines.join('').replace(/\s/g, '').toLowerCase(),
      personalisation: sealPersonalisation(ctx, personalisation),
      ...(template.row.letter_contact_block === null
        ? {}
        : { reply_to_text: template.row.letter_contact_block }),
    },
    task: createLetterPdfTask,
    deadline: request.deadline,
    counts: countsOf(request),
  });
  return acceptedAnswer(request, { id, reference, template, content });
}

/** Public section 3.7; of the checks only permission, key and encoding come first. */
export async function sendPrecompiledLetter(
  ctx: NotifyContext,
  request: SendRequest,
  body: Record<string, unknown>,
) {
  const { service } = request;
  checkPermission(service, 'letter');
  checkMaySendLetters(request);
  const pdf = decodeBase64(String(body.content));
  if (!pdf) throw new BadRequestError('Cannot decode letter content (invalid base64 encoding)');
  const template = await findOrMakePrecompiledTemplate(ctx, service.id);
  const id = newId(ctx);
  const reference = cleanText(String(body.reference));
  const postage = (body.postage ?? 'second') as Postage;
  // Stored before the row that promises it; without its row the file is removed by the lifecycle of unscanned files.
  await putUnscannedLetter(ctx, id, pdf);
  ctx.log.info({ notificationId: id, bytes: pdf.length }, 'precompiled letter uploaded, scan requested');
  await ctx.acceptor.accept({
    notification: {
      ...letterRow(ctx, request, { id, reference, postage }),
      template_id: template.id,
      template_version: template.version,
      status: 'pending-virus-check',
      recipient: 'Provided as PDF',
      normalised_to: null,
      personalisation: sealPersonalisation(ctx, { address_line_1: 'Provided as PDF' }),
    },
    task: checkPrecompiledTask,
    deadline: request.deadline,
    counts: countsOf(request),
  });
  return { id, reference, postage };
}

/** Step 17. */
function checkMaySendLetters({ service, keyType }: SendRequest): void {
  if (keyType === 'team') throw new BadRequestError('Cannot send letters with a team api key', 403);
  if (service.isRestricted && keyType !== 'test') {
    throw new BadRequestError('Cannot send letters when service is in trial mode', 403);
  }
}

function checkAddress({ service }: SendRequest, personalisation: Record<string, unknown>) {
  const address = readPostalAddress(addressFromPersonalisation(personalisation));
  const problem = findAddressProblem(address, {
    internationalLetters: service.permissions.has('international_letters'),
  });
  if (problem) throw new ValidationError([problem.message]);
  return address;
}

function letterRow(
  ctx: NotifyContext,
  request: SendRequest,
  letter: { id: string; reference: string | null; postage: Postage },
): Omit<
  NewNotification,
  'template_id' | 'template_version' | 'status' | 'recipient' | 'normalised_to' | 'personalisation'
> {
  return {
    id: letter.id,
    service_id: request.service.id,
    api_key_id: request.apiKeyId,
    key_type: request.keyType,
    notification_type: 'letter',
    created_at: ctx.clock.now(),
    client_reference: letter.reference,
    reference: letterReference(),
    billable_units: 0,
    international: letter.postage === 'europe' || letter.postage === 'rest-of-world',
    postage: letter.postage,
    correlation_id: request.correlationId,
  };
}

function countsOf({ service, keyType }: SendRequest): Acceptance['counts'] {
  return keyType === 'test' ? [] : [{ channel: 'letter', limit: limitOf(service, keyType, 'letter') }];
}
