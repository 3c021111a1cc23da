import { brandedEmail } from '../branding/branded-email.ts';
import type { NotifyContext } from '../context.ts';
import { asciiEmailAddress } from '../recipients/email-address.ts';
import { sealToken } from '../secrets/fernet.ts';
import { fromAddress } from '../sending/send-email.ts';
import { keyOf } from '../services/templates.ts';
import { renderEmail } from '../templates/email.ts';
import type { HandOver } from './deliver.ts';
import { type OutgoingMessage, openPersonalisation, renderOrExplain } from './sms-out.ts';

/** Renders an email with its page, plain part and headers and hands it to its provider: internals section 6.4. */
export async function sendEmailOut(
  ctx: NotifyContext,
  { row, service, templates, stop }: OutgoingMessage,
): Promise<HandOver> {
  const template = templates.get(keyOf(row));
  const provider = ctx.providers.get(row.attempt_provider);
  if (!template || provider?.channel !== 'email') {
    return {
      outcome: { kind: 'failed', reason: template ? 'provider is not configured' : 'template is gone' },
    };
  }
  const links = template.row.has_unsubscribe_link ? unsubscribeLinks(ctx, row) : undefined;
  const rendered = renderOrExplain(ctx, row, () => {
    const email = renderEmail(template.email(), openPersonalisation(ctx, row.personalisation), {
      unsubscribeUrl: links?.page,
    });
    return {
      to: asciiEmailAddress(row.normalised_to ?? row.recipient),
      replyTo: row.reply_to_text === null ? null : asciiEmailAddress(row.reply_to_text),
      subject: email.subject,
      text: email.plainText,
      html: brandedEmail(ctx, service.emailBrand, email),
    };
  });
  if ('fault' in rendered) return rendered.fault;
  const outcome = await provider.send(
    {
      notificationId: row.id,
      from: { name: service.emailSenderName, address: fromAddress(ctx, service) },
      ...rendered,
      unsubscribeUrl: row.unsubscribe_link ?? links?.oneClick ?? null,
    },
    { correlationId: row.correlation_id ?? row.id, ...stop },
  );
  return { outcome, isDelivered: outcome.kind === 'accepted' && provider.acceptanceIsDelivery };
}

/** For one-click headers, which speak to the API, and for the link people follow: public section 6.9. */
export function unsubscribeLinks(
  ctx: Pick<NotifyContext, 'config' | 'keys' | 'clock' | 'apiUrl'>,
  row: { id: string; recipient: string },
): { oneClick: string; page: string } {
  const path = `/unsubscribe/${row.id}/${sealToken(ctx.keys.token, row.recipient, ctx.clock.now())}`;
  return {
    oneClick: `${ctx.apiUrl}${path}`,
    page: `${ctx.config.adminBaseUrl.replace(/\/+$/, '')}${path}`,
  };
}
