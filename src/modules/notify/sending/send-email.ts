import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { BadRequestError } from '../errors.ts';
import type { Acceptance } from '../notifications/accept.ts';
import { findRecipientRefusal } from '../recipients/allowed-recipients.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { trimmedVisible } from '../recipients/invisible-characters.ts';
import { isSimulatedEmailAddress } from '../recipients/simulated-recipients.ts';
import { cleanPersonalisation, cleanText } from '../requests/personalisation-values.ts';
import { chooseSender, limitOf, type Service } from '../services/service.ts';
import type { TemplateFileRow } from '../template-files/template-file-queries.ts';
import { attachTemplateFiles, filesOfVersion, withFileNames } from '../template-files/template-files.ts';
import { emailSizeMessage, isEmptyBody, renderEmailForApi } from '../templates/email.ts';
import { sanitisePersonalisation } from '../templates/sanitise-content.ts';
import { type AttachedFiles, attachFiles } from './attach-files.ts';
import {
  acceptedAnswer,
  checkNothingMissing,
  checkPermission,
  findSendableTemplate,
  firstTask,
  newId,
  type SendRequest,
  sealPersonalisation,
} from './send-context.ts';

/** Public sections 3.5 and 3.8 from step 6 on; `body` fits its schema. Returns the body of the 201. */
export async function sendEmail(ctx: NotifyContext, request: SendRequest, body: Record<string, unknown>) {
  const { service } = request;
  checkPermission(service, 'email');
  const sanitised = sanitisePersonalisation(
    cleanPersonalisation(body.personalisation),
    // The schema let lists and null through.
    body.sanitise_content_for as unknown[] | null | undefined,
  );
  const template = await findSendableTemplate(ctx, service, readUuid(body.template_id) ?? '', 'email');
  const templateFiles = await filesOfVersion(ctx, template.row);
  const named = withFileNames(sanitised.personalisation, templateFiles);
  checkNothingMissing(template, named);
  const compiled = template.email();
  const early = renderEmailForApi(compiled, named);
  if (isEmptyBody(compiled.content, early.body)) throw new BadRequestError('Your message is empty.');
  const replyTo = chooseReplyTo(service, body.email_reply_to_id);
  const address = trimmedVisible(String(body.email_address));
  const isSimulated = isSimulatedEmailAddress(address);
  if (!isSimulated) checkRecipient(request, address);

  const attached = await attachFiles(ctx, service, {
    personalisation: named,
    recipient: address,
    isSimulated,
  });
  const files =
    templateFiles.length === 0 || isSimulated
      ? attached
      : await attachOwnFiles(ctx, service, templateFiles, attached, address);
  const content = files.count === 0 ? early : renderEmailForApi(compiled, files.personalisation);
  const tooLong = emailSizeMessage(content.body);
  if (tooLong !== undefined) throw new BadRequestError(tooLong);

  const id = newId(ctx);
  const reference = body.reference === undefined ? null : cleanText(String(body.reference));
  const unsubscribeUrl = body.one_click_unsubscribe_url as string | undefined;
  const answer = {
    ...acceptedAnswer(request, {
      id,
      reference,
      template,
      content: {
        from_email: fromAddress(ctx, service),
        body: content.body,
        subject: content.subject,
        one_click_unsubscribe_url: unsubscribeUrl ?? null,
      },
    }),
    sanitised_content: sanitised.changed,
  };
  if (isSimulated) {
    ctx.log.info({ notificationId: id }, 'simulated notification accepted');
    return answer;
  }
  await ctx.acceptor.accept(
    toAcceptance(ctx, request, {
      id,
      reference,
      address,
      templateId: template.row.id,
      templateVersion: template.row.version,
      personalisation: files.personalisation,
      documents: files.count,
      replyTo,
      unsubscribeUrl,
    }),
  );
  return answer;
}

/** The template's own files, besides those of the request. */
async function attachOwnFiles(
  ctx: NotifyContext,
  service: Service,
  files: readonly TemplateFileRow[],
  attached: AttachedFiles,
  recipient: string,
): Promise<AttachedFiles> {
  const email = { personalisation: attached.personalisation, recipient };
  const personalisation = await attachTemplateFiles(ctx, service, files, email);
  return { personalisation, count: attached.count + files.length };
}

/** The address that email of a service comes from (public section 6.7.7). */
export function fromAddress(ctx: NotifyContext, service: Service): string {
  return `${service.emailLocalPart}@${ctx.config.emailDomain}`;
}

export interface EmailToAccept {
  id: string;
  reference: string | null;
  address: string;
  templateId: string;
  templateVersion: number;
  personalisation: Record<string, unknown>;
  documents: number;
  replyTo: string | undefined;
  unsubscribeUrl: string | undefined;
}

/** The row of a checked email with its task and counters. */
export function toAcceptance(ctx: NotifyContext, request: SendRequest, email: EmailToAccept): Acceptance {
  const { service, keyType } = request;
  return {
    notification: {
      id: email.id,
      service_id: service.id,
      template_id: email.templateId,
      template_version: email.templateVersion,
      api_key_id: request.apiKeyId,
      key_type: keyType,
      notification_type: 'email',
      status: 'created',
      created_at: ctx.clock.now(),
      client_reference: email.reference,
      recipient: email.address,
      normalised_to: normaliseEmailAddress(email.address) ?? null,
      personalisation: sealPersonalisation(ctx, email.personalisation),
      billable_units: 0,
      international: false,
      ...(email.replyTo === undefined ? {} : { reply_to_text: email.replyTo }),
      ...(email.documents === 0 ? {} : { document_download_count: email.documents }),
      ...(email.unsubscribeUrl === undefined ? {} : { unsubscribe_link: email.unsubscribeUrl }),
      correlation_id: request.correlationId,
    },
    task: firstTask(service.id, keyType, 'email'),
    deadline: request.deadline,
    counts: keyType === 'test' ? [] : [{ channel: 'email', limit: limitOf(service, keyType, 'email') }],
  };
}

/** Step 16. */
function chooseReplyTo(service: Service, wanted: unknown): string | undefined {
  const replyTo = chooseSender(service.emailReplyTos, wanted === undefined ? undefined : readUuid(wanted));
  if (replyTo !== null) return replyTo?.text;
  throw new BadRequestError(
    `email_reply_to_id ${readUuid(wanted)} does not exist in database for service id ${service.id}`,
  );
}

/** Step 18. */
function checkRecipient({ service, keyType }: SendRequest, recipient: string): void {
  const refusal = findRecipientRefusal({
    keyType,
    restricted: service.isRestricted,
    recipient,
    allowed: () => service.knownRecipients,
  });
  if (refusal !== undefined) throw new BadRequestError(refusal);
}
