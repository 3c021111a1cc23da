import { timestamp } from '../notifications/timestamp.ts';
import type { HistoryRecord } from '../service-settings/service-record-queries.ts';

const SERVICE_FIELDS = [
  'id',
  'name',
  'active',
  'email_message_limit',
  'sms_message_limit',
  'letter_message_limit',
  'restricted',
  'custom_email_sender_name',
  'email_sender_local_part',
  'created_by_id',
  'version',
];
const KEY_FIELDS = ['id', 'name', 'service_id', 'created_by_id'];

/** The audit of a service and its keys: internals section 3.4.4. */
export function presentServiceHistory(services: HistoryRecord[], keys: HistoryRecord[]) {
  return {
    service_history: services.map(({ record }) => ({
      ...pick(record, SERVICE_FIELDS),
      created_at: time(record.created_at),
      updated_at: time(record.updated_at),
    })),
    api_key_history: keys.map(({ record }) => ({
      ...pick(record, KEY_FIELDS),
      expiry_date: time(record.expiry_date),
      created_at: time(record.created_at),
      updated_at: time(record.updated_at),
    })),
  };
}

function pick(record: Record<string, unknown>, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, record[name] ?? null]));
}

function time(value: unknown): string | null {
  return typeof value === 'string' ? timestamp(new Date(value)) : null;
}
