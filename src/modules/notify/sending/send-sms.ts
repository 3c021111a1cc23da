import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { BadRequestError, InvalidPhoneError, TooManyRequestsError } from '../errors.ts';
import { readCounts } from '../limits/limit-queries.ts';
import { dayOf } from '../limits/request-limits.ts';
import type { Acceptance } from '../notifications/accept.ts';
import { findRecipientRefusal } from '../recipients/allowed-recipients.ts';
import { withoutInvisible } from '../recipients/invisible-characters.ts';
import {
  checkPhoneNumber,
  isPhoneProblem,
  normaliseIfPhoneNumber,
  type PhoneNumber,
  servicePhoneProblem,
} from '../recipients/phone-number.ts';
import { isSimulatedNumber } from '../recipients/simulated-recipients.ts';
import { cleanPersonalisation, cleanText } from '../requests/personalisation-values.ts';
import { chooseSender, limitOf, type Service } from '../services/service.ts';
import { renderSms, smsLengthMessage } from '../templates/sms.ts';
import {
  acceptedAnswer,
  checkNoFiles,
  checkNothingMissing,
  checkPermission,
  findSendableTemplate,
  firstTask,
  newId,
  type SendRequest,
  sealPersonalisation,
} from './send-context.ts';

/** Public sections 3.4 and 3.8 from step 6 on; `body` fits its schema. Returns the body of the 201. */
export async function sendSms(ctx: NotifyContext, request: SendRequest, body: Record<string, unknown>) {
  const { service, keyType } = request;
  checkPermission(service, 'sms');
  const template = await findSendableTemplate(ctx, service, readUuid(body.template_id) ?? '', 'sms');
  const personalisation = cleanPersonalisation(body.personalisation);
  checkNothingMissing(template, personalisation);
  const rendered = renderSms(template.sms(), personalisation);
  if (rendered.characters === 0) throw new BadRequestError('Your message is empty.');
  checkNoFiles(personalisation);
  const sender = chooseSmsSender(ctx, service, body.sms_sender_id);
  const typed = String(body.phone_number);
  const number = checkNumber(request, typed);
  const isSimulated = isSimulatedNumber(number.normalised);
  if (!isSimulated && number.countsAsInternational) await checkInternationalLimit(ctx, request);
  const tooLong = smsLengthMessage(rendered.characters);
  if (tooLong !== undefined) throw new BadRequestError(tooLong);

  const id = newId(ctx);
  const reference = body.reference === undefined ? null : cleanText(String(body.reference));
  const answer = acceptedAnswer(request, {
    id,
    reference,
    template,
    content: { body: rendered.body, from_number: sender },
  });
  if (isSimulated) {
    ctx.log.info({ notificationId: id }, 'simulated notification accepted');
    return answer;
  }
  const acceptance: Acceptance = {
    notification: {
      id,
      service_id: service.id,
      template_id: template.row.id,
      template_version: template.row.version,
      api_key_id: request.apiKeyId,
      key_type: keyType,
      notification_type: 'sms',
      status: 'created',
      created_at: ctx.clock.now(),
      client_reference: reference,
      recipient: withoutInvisible(typed).trim(),
      normalised_to: number.normalised,
      personalisation: sealPersonalisation(ctx, personalisation),
      billable_units: 0,
      international: number.international,
      phone_prefix: number.prefix,
      rate_multiplier: number.rateMultiplier,
      reply_to_text: sender,
      correlation_id: request.correlationId,
    },
    task: firstTask(service.id, keyType, 'sms'),
    deadline: request.deadline,
    counts: countsOf(request, number),
  };
  await ctx.acceptor.accept(acceptance);
  return answer;
}

/** Step 16; the sender is shown as a number in full where it is one. */
function chooseSmsSender(ctx: NotifyContext, service: Service, wanted: unknown): string {
  const sender = chooseSender(service.smsSenders, wanted === undefined ? undefined : readUuid(wanted));
  if (sender === null) {
    throw new BadRequestError(
      `sms_sender_id ${readUuid(wanted)} does not exist in database for service id ${service.id}`,
    );
  }
  return normaliseIfPhoneNumber(sender?.text ?? ctx.config.fromNumber);
}

/** Step 18: may this key send there, and may this service. */
function checkNumber({ service, keyType }: SendRequest, typed: string): PhoneNumber {
  const number = checkPhoneNumber(typed);
  if (isPhoneProblem(number)) throw new InvalidPhoneError(number.message);
  if (!isSimulatedNumber(number.normalised)) {
    const refusal = findRecipientRefusal({
      keyType,
      restricted: service.isRestricted,
      recipient: typed,
      allowed: () => service.knownRecipients,
    });
    if (refusal !== undefined) throw new BadRequestError(refusal);
  }
  const problem = servicePhoneProblem(typed, {
    international: service.permissions.has('international_sms'),
    landline: service.permissions.has('sms_to_uk_landlines'),
  });
  if (!problem) return number;
  if (problem.error === 'BadRequestError') throw new BadRequestError(problem.message);
  throw new InvalidPhoneError(problem.message);
}

/** The last of step 18; counted for good, and checked again, when the message is accepted. */
async function checkInternationalLimit(ctx: NotifyContext, { service, keyType }: SendRequest): Promise<void> {
  if (!ctx.config.isDailyLimited) return;
  const limit = limitOf(service, keyType, 'international_sms');
  const today = keyType === 'test' ? {} : await readCounts(ctx.db.kysely, service.id, dayOf(ctx.clock.now()));
  if ((today.international_sms ?? 0) + 1 > limit) throw new TooManyRequestsError('international_sms', limit);
}

function countsOf({ service, keyType }: SendRequest, number: PhoneNumber): Acceptance['counts'] {
  if (keyType === 'test') return [];
  const channels = number.countsAsInternational
    ? (['sms', 'international_sms'] as const)
    : (['sms'] as const);
  return channels.map((channel) => ({ channel, limit: limitOf(service, keyType, channel) }));
}
