import type { NotifyContext } from '../context.ts';
import { reasonOf, type SendOptions } from '../providers/provider.ts';
import { showsSenderNames } from '../recipients/phone-number.ts';
import type { Service } from '../services/service.ts';
import { keyOf, type Template } from '../services/templates.ts';
import { renderSms } from '../templates/sms.ts';
import type { HandOver } from './deliver.ts';
import type { DeliverableRow } from './delivery-queries.ts';

/** The number shown where networks let no names through: internals appendix D. */
const INTERNATIONAL_SENDER = '07984404008';

export interface OutgoingMessage {
  row: DeliverableRow;
  service: Service;
  templates: ReadonlyMap<string, Template>;
  stop: Pick<SendOptions, 'signal' | 'stopping'>;
}

/** Renders a text message, counts its fragments and hands it to its provider: internals section 6.4. */
export async function sendSmsOut(
  ctx: NotifyContext,
  { row, service, templates, stop }: OutgoingMessage,
): Promise<HandOver> {
  const rendered = renderOrExplain(ctx, row, () => renderStoredSms(ctx, row, service, templates));
  if (rendered !== undefined && 'fault' in rendered) return rendered.fault;
  const provider = ctx.providers.get(row.attempt_provider);
  if (!rendered || provider?.channel !== 'sms') {
    return {
      outcome: { kind: 'failed', reason: rendered ? 'provider is not configured' : 'template is gone' },
    };
  }
  if (rendered.replacedByQuestionMark > 0) {
    ctx.log.warn(
      { notificationId: row.id, serviceId: row.service_id, characters: rendered.replacedByQuestionMark },
      'text message characters replaced',
    );
  }
  const isNumberNeeded = row.international && !showsSenderNames(row.phone_prefix ?? '');
  const outcome = await provider.send(
    {
      notificationId: row.id,
      to: row.normalised_to ?? '',
      from: isNumberNeeded ? INTERNATIONAL_SENDER : (row.reply_to_text ?? ctx.config.fromNumber),
      content: rendered.body,
      isInternational: row.international,
    },
    { correlationId: row.correlation_id ?? row.id, ...stop },
  );
  return { outcome, units: rendered.fragments };
}

/** A message that cannot be made fails alone. Errors of rendering may quote it, so they are named and not shown. */
export function renderOrExplain<T>(
  ctx: Pick<NotifyContext, 'log'>,
  row: Pick<DeliverableRow, 'id'>,
  render: () => T,
): T | { fault: HandOver } {
  try {
    return render();
  } catch (error) {
    const reason = reasonOf(error);
    ctx.log.error({ notificationId: row.id, reason }, 'message cannot be made');
    return { fault: { outcome: { kind: 'failed', reason }, isOurFault: true } };
  }
}

/** The text as the provider gets it; undefined when its template version is not there. */
export function renderStoredSms(
  ctx: Pick<NotifyContext, 'secrets'>,
  row: Pick<DeliverableRow, 'template_id' | 'template_version' | 'personalisation'>,
  service: Service,
  templates: ReadonlyMap<string, Template>,
) {
  const template = templates.get(keyOf(row));
  if (!template) return undefined;
  const personalisation = openPersonalisation(ctx, row.personalisation);
  return renderSms(template.sms(), personalisation, service.prefixSms ? service.name : undefined);
}

/** Sealed personalisation as it came. */
export function openPersonalisation(
  ctx: Pick<NotifyContext, 'secrets'>,
  sealed: Buffer | null,
): Record<string, unknown> {
  // Sealed by us from an object.
  return sealed === null ? {} : (JSON.parse(ctx.secrets.open(sealed)) as Record<string, unknown>);
}
