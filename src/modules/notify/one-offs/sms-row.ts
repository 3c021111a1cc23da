import type { NotifyContext } from '../context.ts';
import { BadRequestError } from '../errors.ts';
import type { Acceptance } from '../notifications/accept.ts';
import { withoutInvisible } from '../recipients/invisible-characters.ts';
import {
  checkPhoneNumber,
  isPhoneProblem,
  normaliseIfPhoneNumber,
  servicePhoneProblem,
} from '../recipients/phone-number.ts';
import { firstTask, sealPersonalisation } from '../sending/send-context.ts';
import { chooseSender } from '../services/service.ts';
import type { CheckedOneOff } from './send-one-off.ts';

/** The row of a text message with its task and counters. */
export function smsRow(ctx: NotifyContext, checked: CheckedOneOff): Acceptance {
  const { service, template, to } = checked;
  const number = checkPhoneNumber(to);
  if (isPhoneProblem(number)) throw new BadRequestError(number.message);
  const problem = servicePhoneProblem(to, {
    international: service.permissions.has('international_sms'),
    landline: service.permissions.has('sms_to_uk_landlines'),
  });
  if (problem) throw new BadRequestError(problem.message);
  const sender = chooseSender(service.smsSenders, checked.senderId);
  if (sender === null) throw new BadRequestError('SMS sender not found');
  const channels = number.countsAsInternational
    ? (['sms', 'international_sms'] as const)
    : (['sms'] as const);
  return {
    notification: {
      id: checked.id,
      service_id: service.id,
      template_id: template.row.id,
      template_version: template.row.version,
      api_key_id: null,
      key_type: 'normal',
      notification_type: 'sms',
      status: 'created',
      created_at: ctx.clock.now(),
      client_reference: null,
      recipient: withoutInvisible(to).trim(),
      normalised_to: number.normalised,
      personalisation: sealPersonalisation(ctx, checked.personalisation),
      billable_units: 0,
      international: number.international,
      phone_prefix: number.prefix,
      rate_multiplier: number.rateMultiplier,
      reply_to_text: normaliseIfPhoneNumber(sender?.text ?? ctx.config.fromNumber),
      created_by_id: checked.creatorId,
      correlation_id: checked.correlationId,
    },
    task: firstTask(service.id, 'normal', 'sms'),
    counts: channels.map((channel) => ({ channel, limit: service.limits[channel] })),
  };
}
