import type { NotifyContext } from '../context.ts';
import { NOTIFY_SERVICE_ID } from '../notifications/notification.ts';
import { findTemplateFields, insertTemplate } from '../services/apply-queries.ts';
import { insertBuiltInService } from './face-queries.ts';

/** Templates that put through what another module wrote. */
export const MODULE_EMAIL_TEMPLATE_ID = '5a1e8f60-3c0b-4d7e-9f21-0d6a5b7c8e01';
export const MODULE_SMS_TEMPLATE_ID = '5a1e8f60-3c0b-4d7e-9f21-0d6a5b7c8e02';

const TEMPLATES = [
  { id: MODULE_EMAIL_TEMPLATE_ID, type: 'email', name: 'Signalbox email', subject: '((subject))' },
  { id: MODULE_SMS_TEMPLATE_ID, type: 'sms', name: 'Signalbox text message', subject: null },
] as const;

/** The built-in service and its templates; safe to run in every process. */
export async function ensureBuiltIns(ctx: NotifyContext): Promise<void> {
  const now = ctx.clock.now();
  await insertBuiltInService(ctx.db.kysely, {
    id: NOTIFY_SERVICE_ID,
    name: 'GOV.UK Notify',
    localPart: 'gov.uk.notify',
    now,
  });
  for (const { id, type, name, subject } of TEMPLATES) {
    if (await findTemplateFields(ctx.db.kysely, id)) continue;
    await insertTemplate(ctx.db.kysely, {
      id,
      service_id: NOTIFY_SERVICE_ID,
      template_type: type,
      name,
      content: '((body))',
      subject,
      postage: null,
      hidden: true,
      letter_contact_id: null,
      has_unsubscribe_link: false,
      created_by: 'signalbox',
      version: 1,
      created_at: now,
      updated_at: null,
    });
  }
}
