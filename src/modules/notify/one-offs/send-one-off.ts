// A message to one recipient that somebody sends from a page: internals section 3.4.9.
import type { NotifyContext } from '../context.ts';
import { BadRequestError, TooManyRequestsError } from '../errors.ts';
import { readCounts } from '../limits/limit-queries.ts';
import { dayOf } from '../limits/request-limits.ts';
import type { Acceptance } from '../notifications/accept.ts';
import { comparableRecipient } from '../recipients/allowed-recipients.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { trimmedVisible } from '../recipients/invisible-characters.ts';
import { cleanPersonalisation, cleanText } from '../requests/personalisation-values.ts';
import { checkNothingMissing, checkPermission, newId } from '../sending/send-context.ts';
import type { CountedChannel, NotificationType, Service } from '../services/service.ts';
import type { Template } from '../services/templates.ts';
import { attachTemplateFiles, filesOfVersion, withFileNames } from '../template-files/template-files.ts';
import { emailSizeMessage, isEmptyBody } from '../templates/email.ts';
import { renderSms, smsLengthMessage } from '../templates/sms.ts';
import { listTeam, type UserRow } from '../users/user-queries.ts';
import { emailRow } from './email-row.ts';
import { letterRow } from './letter-row.ts';
import { smsRow } from './sms-row.ts';

export interface OneOff {
  serviceId: string;
  templateId: string;
  to: string;
  personalisation: Record<string, unknown>;
  /** A reply-to address or text message sender; the default one without. */
  senderId: string | undefined;
  creator: UserRow;
  /** People of the team send; operators of the console may do so for them. */
  needsMembership: boolean;
  correlationId: string;
}

/** What the row of a message is made from once everything is checked. */
export interface CheckedOneOff {
  id: string;
  service: Service;
  template: Template;
  to: string;
  personalisation: Record<string, unknown>;
  senderId: string | undefined;
  creatorId: string;
  /** Files of the template that it links to. */
  documents: number;
  correlationId: string;
}

const TRIAL_MODE =
  'Can’t send to this recipient when service is in trial mode – see https://www.notifications.service.gov.uk/trial-mode';

/** Checks in the order of the specification; returns the id of the message once it is durable. */
export async function sendOneOff(ctx: NotifyContext, oneOff: OneOff): Promise<string> {
  const service = await ctx.services.get(oneOff.serviceId);
  const template = await ctx.templates.latest(oneOff.serviceId, oneOff.templateId);
  if (!service || !template || template.row.hidden) throw new BadRequestError('Template not found');
  const type = template.row.template_type;
  await checkDailyLimit(ctx, service, type);
  await checkTrialMode(ctx, service, type, oneOff.to);
  if (template.row.archived) throw new BadRequestError('Template has been deleted');
  checkPermission(service, type);
  const files = await filesOfVersion(ctx, template.row);
  const personalisation = withFileNames(withRecipient(oneOff, type), files);
  checkNothingMissing(template, personalisation);
  checkContent(template, personalisation);
  const checked: CheckedOneOff = {
    id: newId(ctx),
    service,
    template,
    to: oneOff.to,
    personalisation,
    senderId: oneOff.senderId,
    creatorId: oneOff.creator.id,
    documents: files.length,
    correlationId: oneOff.correlationId,
  };
  let acceptance = rowOf(ctx, type, checked);
  if (oneOff.needsMembership && !oneOff.creator.services.includes(service.id)) {
    throw new BadRequestError(
      `Can’t create notification - ${oneOff.creator.name} is not part of the "${service.name}" service`,
    );
  }
  if (files.length > 0) {
    // Last of all: a message that is refused leaves no copy behind.
    const email = { personalisation, recipient: oneOff.to };
    const linked = await attachTemplateFiles(ctx, service, files, email);
    checkContent(template, linked);
    acceptance = rowOf(ctx, type, { ...checked, personalisation: linked });
  }
  await ctx.acceptor.accept(acceptance);
  return checked.id;
}

function rowOf(ctx: NotifyContext, type: NotificationType, checked: CheckedOneOff): Acceptance {
  if (type === 'sms') return smsRow(ctx, checked);
  return type === 'email' ? emailRow(ctx, checked) : letterRow(ctx, checked);
}

/** Templates may show the recipient by the names of the recipient columns of a file. */
function withRecipient({ personalisation, to }: OneOff, type: NotificationType): Record<string, unknown> {
  const cleaned = cleanPersonalisation(personalisation);
  if (type === 'sms') return { ...cleaned, 'phone number': cleanText(to) };
  return type === 'email' ? { ...cleaned, 'email address': cleanText(to) } : cleaned;
}

async function checkDailyLimit(ctx: NotifyContext, service: Service, channel: CountedChannel): Promise<void> {
  if (!ctx.config.isDailyLimited) return;
  const counts = await readCounts(ctx.db.kysely, service.id, dayOf(ctx.clock.now()));
  const limit = service.limits[channel];
  if (Number(counts[channel] ?? 0) + 1 > limit) throw new TooManyRequestsError(channel, limit);
}

/** In trial mode only the team gets messages, whatever the guest list says, and nobody gets letters. */
async function checkTrialMode(
  ctx: NotifyContext,
  service: Service,
  type: NotificationType,
  to: string,
): Promise<void> {
  if (!service.isRestricted) return;
  if (type === 'letter') throw new BadRequestError(TRIAL_MODE);
  const wanted = comparableRecipient(
    type === 'email' ? (normaliseEmailAddress(trimmedVisible(to)) ?? to) : to,
  );
  const team = await listTeam(ctx.db.kysely, service.id);
  const known = team.flatMap((member) => [member.email_address, member.mobile_number ?? '']);
  if (!known.some((one) => one !== '' && comparableRecipient(one) === wanted)) {
    throw new BadRequestError(TRIAL_MODE);
  }
}

function checkContent(template: Template, personalisation: Record<string, unknown>): void {
  const type = template.row.template_type;
  if (type === 'sms') {
    const { characters } = renderSms(template.sms(), personalisation);
    if (characters === 0) throw new BadRequestError('Your message is empty.');
    const tooLong = smsLengthMessage(characters);
    if (tooLong !== undefined) throw new BadRequestError(tooLong);
    return;
  }
  const compiled = type === 'email' ? template.email() : template.letter();
  const { body } = template.fill(personalisation);
  if (isEmptyBody(compiled.content, body)) throw new BadRequestError('Your message is empty.');
  const tooLong = type === 'email' ? emailSizeMessage(body) : undefined;
  if (tooLong !== undefined) throw new BadRequestError(tooLong);
}
