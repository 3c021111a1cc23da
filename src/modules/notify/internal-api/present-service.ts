import { NOTIFY_USER_ID } from '../notifications/notification.ts';
import { timestamp } from '../notifications/timestamp.ts';
import type { ApiKeyRow } from '../service-settings/api-key-queries.ts';
import type { SenderRow } from '../service-settings/sender-queries.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import { plainTimestamp } from './times.ts';

/** A service as the admin website reads it: internals section 3.3. */
export function presentService(service: ServiceRecord) {
  return {
    id: service.id,
    name: service.name,
    custom_email_sender_name: service.custom_email_sender_name,
    email_sender_local_part: service.email_sender_local_part,
    confirmed_email_sender_name: service.confirmed_email_sender_name,
    active: service.active,
    restricted: service.restricted,
    prefix_sms: service.prefix_sms,
    rate_limit: service.rate_limit,
    contact_link: service.contact_link,
    letter_message_limit: service.letter_message_limit,
    sms_message_limit: service.sms_message_limit,
    international_sms_message_limit: service.international_sms_message_limit,
    email_message_limit: service.email_message_limit,
    volume_sms: service.volume_sms,
    volume_email: service.volume_email,
    volume_letter: service.volume_letter,
    consent_to_research: service.consent_to_research,
    count_as_live: service.count_as_live,
    go_live_at: plainTimestamp(service.go_live_at),
    go_live_user: service.go_live_user_id,
    has_active_go_live_request: service.has_active_go_live_request,
    confirmed_unique: service.confirmed_unique,
    notes: service.notes,
    purchase_order_number: service.purchase_order_number,
    billing_contact_names: service.billing_contact_names,
    billing_contact_email_addresses: service.billing_contact_email_addresses,
    billing_reference: service.billing_reference,
    organisation: service.organisation_id,
    organisation_type: service.organisation_type,
    created_by: service.created_by_id ?? NOTIFY_USER_ID,
    email_branding: service.email_branding_id,
    letter_branding: service.letter_branding_id,
    permissions: service.permissions,
    service_callback_api: service.callbacks,
  };
}

export function presentApiKey(key: ApiKeyRow) {
  return {
    id: key.id,
    name: key.name,
    key_type: key.key_type,
    expiry_date: timestamp(key.expiry_date),
    created_at: timestamp(key.created_at),
    updated_at: timestamp(key.updated_at),
    created_by: key.created_by_id ?? NOTIFY_USER_ID,
    version: key.version,
  };
}

const common = (row: SenderRow) => ({
  id: row.id,
  service_id: row.service_id,
  is_default: row.is_default,
  archived: row.archived,
  created_at: timestamp(row.created_at),
  updated_at: timestamp(row.updated_at),
});

/** The three kinds of senders differ by the name of their text. */
export const PRESENT_SENDER = {
  sms_senders: (row: SenderRow) => ({
    ...common(row),
    sms_sender: row.text,
    inbound_number_id: row.inbound_number_id,
  }),
  email_reply_to: (row: SenderRow) => ({ ...common(row), email_address: row.text }),
  letter_contacts: (row: SenderRow) => ({ ...common(row), contact_block: row.text }),
};
