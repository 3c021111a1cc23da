import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Weighted fragments that each provider was given since a London day. */
export async function countProviderUnits(handle: Handle, from: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ provider: string; units: number }>`
    select provider, round(sum(billable_units * rate_multiplier))::int as units from notify.ft_billing
    where notification_type = 'sms' and bst_date >= ${from}::date group by provider`.execute(handle);
  return new Map(rows.map(({ provider, units }) => [provider, units]));
}

export interface ProviderEditor {
  identifier: string;
  version: number;
  user: { id: string; name: string; email_address: string };
}

/** Who made which version, where it was somebody of the website. */
export async function listProviderEditors(handle: Handle, identifier: string): Promise<ProviderEditor[]> {
  const { rows } = await sql<ProviderEditor>`
    select h.identifier, h.version,
      json_build_object('id', u.id, 'name', u.name, 'email_address', u.email_address) as user
    from notify.providers_history h join notify.users u on u.id = h.created_by_id
    where h.identifier = ${identifier} order by h.version desc limit 100`.execute(handle);
  return rows;
}

export async function noteProviderEditor(
  handle: Handle,
  change: { identifier: string; version: number; userId: string },
): Promise<void> {
  await sql`
    update notify.providers_history set created_by_id = ${change.userId}
    where identifier = ${change.identifier} and version = ${change.version}`.execute(handle);
}
