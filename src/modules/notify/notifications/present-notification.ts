import type { NotifyContext } from '../context.ts';
import { unsubscribeLinks } from '../delivery/email-out.ts';
import { openPersonalisation } from '../delivery/sms-out.ts';
import { letterTimings } from '../letters/letter-timings.ts';
import type { Postage } from '../recipients/postal-address.ts';
import { PRECOMPILED_NAME, type Template } from '../services/templates.ts';
import { costOf } from './cost.ts';
import { COMPLETED_STATUSES, shownStatus } from './notification.ts';
import type { NotificationRow, StoredRates } from './notification-queries.ts';
import { timestamp } from './timestamp.ts';

/** A notification as the API shows it: public section 3.9. */
export function presentNotification(
  ctx: NotifyContext,
  row: NotificationRow,
  about: { template: Template; rates: StoredRates; baseUrl: string },
) {
  const { template, rates, baseUrl } = about;
  const type = row.notification_type;
  const personalisation = openPersonalisation(ctx, row.personalisation);
  const content = template.isPrecompiled
    ? { body: '', subject: PRECOMPILED_NAME }
    : template.fill(personalisation);
  const line = addressLines(type === 'letter' ? personalisation : {});
  return {
    id: row.id,
    reference: row.client_reference,
    email_address: type === 'email' ? row.recipient : null,
    phone_number: type === 'sms' ? row.recipient : null,
    line_1: line('addressline1'),
    line_2: line('addressline2'),
    line_3: line('addressline3'),
    line_4: line('addressline4'),
    line_5: line('addressline5'),
    line_6: line('addressline6'),
    postcode: line('postcode'),
    type,
    status: shownStatus(type, row.notification_status),
    template: {
      id: row.template_id,
      version: row.template_version,
      uri: `${baseUrl}/v2/template/${row.template_id}/version/${row.template_version}`,
    },
    body: content.body,
    subject: content.subject,
    created_at: timestamp(row.created_at),
    created_by_name: row.created_by_name,
    sent_at: timestamp(row.sent_at),
    completed_at: COMPLETED_STATUSES.has(row.notification_status) ? timestamp(row.updated_at) : null,
    scheduled_for: null,
    postage: row.postage,
    one_click_unsubscribe_url: unsubscribeUrl(ctx, row, template),
    ...costOf(row, rates),
    ...(type === 'letter'
      ? {
          estimated_delivery: timestamp(
            letterTimings(row.created_at, (row.postage ?? 'second') as Postage).estimatedDelivery,
          ),
        }
      : {}),
  };
}

/** Keys match whatever their capitals, spaces, underscores and hyphens. */
function addressLines(personalisation: Record<string, unknown>): (name: string) => unknown {
  const values = new Map(
    Object.entries(personalisation).map(([key, value]) => [key.replace(/[ _-]/g, '').toLowerCase(), value]),
  );
  return (name) => values.get(name) ?? null;
}

function unsubscribeUrl(ctx: NotifyContext, row: NotificationRow, template: Template): string | null {
  if (row.unsubscribe_link !== null) return row.unsubscribe_link;
  return template.row.has_unsubscribe_link ? unsubscribeLinks(ctx, row).oneClick : null;
}
