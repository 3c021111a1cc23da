import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { Status } from '../notifications/notification.ts';
import type { KeyType } from '../services/service.ts';

export interface LetterRow {
  id: string;
  service_id: string;
  template_id: string;
  template_version: number;
  key_type: KeyType;
  notification_status: Status;
  created_at: Date;
  reference: string | null;
  recipient: string;
  personalisation: Buffer | null;
  billable_units: number;
  reply_to_text: string | null;
  postage: string | null;
}

export async function findLetter(handle: Handle, id: string): Promise<LetterRow | undefined> {
  const { rows } = await sql<LetterRow>`
    select id, service_id, template_id, template_version, key_type, notification_status, created_at, reference,
      recipient, personalisation, billable_units, reply_to_text, postage
    from notify.notifications where id = ${id} and notification_type = 'letter'`.execute(handle);
  return rows[0];
}

export interface LetterChange {
  id: string;
  /** Nothing happens to a letter in any other status. */
  from: readonly Status[];
  status: Status;
  billableUnits: number;
  now: Date;
  /** What the sanitised PDF says. */
  address?: { recipient: string; normalisedTo: string; postage: string; isInternational: boolean };
  /** Its PDF is what became of it; not a change of status that the API would date. */
  keepsUpdatedAt?: boolean;
}

/** Returns whether the letter was in one of the statuses. */
export async function changeLetter(handle: Handle, change: LetterChange): Promise<boolean> {
  const { address } = change;
  const { numAffectedRows } = await sql`
    update notify.notifications
    set notification_status = ${change.status}, billable_units = ${change.billableUnits},
      updated_at = case when ${change.keepsUpdatedAt ?? false}::boolean then updated_at else ${change.now} end,
      recipient = coalesce(${address?.recipient ?? null}, recipient),
      normalised_to = coalesce(${address?.normalisedTo ?? null}, normalised_to),
      postage = coalesce(${address?.postage ?? null}, postage),
      international = coalesce(${address?.isInternational ?? null}::boolean, international)
    where id = ${change.id} and notification_status = any(${[...change.from]}::text[])`.execute(handle);
  return numAffectedRows === 1n;
}
