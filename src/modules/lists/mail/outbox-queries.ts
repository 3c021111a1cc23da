import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface NewMail {
  id: string;
  template: string;
  recipient: string;
  reservation_id: string | null;
  variables: Record<string, unknown>;
  expires_at: Date | null;
  once_key: string | null;
}

/** Inserts letters and gives back the ids of those inserted: a letter whose `once_key` is known is not sent again. */
export async function insertMails(handle: Handle, mails: NewMail[], now: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    insert into lists.mail_outbox (id, template, recipient, reservation_id, variables, created_at, expires_at, once_key)
    select id, template, recipient, reservation_id, variables, ${now}, expires_at, once_key
    from json_to_recordset(${JSON.stringify(mails)}::json) as mail (id uuid, template text, recipient text,
      reservation_id text, variables jsonb, expires_at timestamptz, once_key text)
    on conflict (once_key) do nothing
    returning id
  `.execute(handle);
  return rows.map(({ id }) => id);
}

export interface MailRow {
  id: string;
  template: string;
  recipient: string;
  reservation_id: string | null;
  variables: Record<string, unknown>;
  expires_at: Date | null;
  created_at: Date;
  /** Language of the recipient's account, else the one they reserved in; null where neither is known. */
  locale: string | null;
}

export async function selectWaitingMail(handle: Handle, id: string): Promise<MailRow | undefined> {
  const { rows } = await sql<MailRow>`
    select m.id, m.template, m.recipient, m.reservation_id, m.variables, m.expires_at, m.created_at,
      coalesce(u.locale, m.variables ->> 'locale',
        (select r.locale from lists.reservations r where r.id = m.reservation_id and r.email = m.recipient)) as locale
    from lists.mail_outbox m
    left join lists.users u on u.email = m.recipient
    where m.id = ${id}::uuid and m.state = 'waiting'
  `.execute(handle);
  return rows[0];
}

/** Ends a letter and forgets who it was for and what it said. */
export async function endMail(
  handle: Handle,
  id: string,
  state: 'sent' | 'failed' | 'dropped',
  now: Date,
): Promise<void> {
  await sql`
    update lists.mail_outbox
    set state = ${state}, sent_at = ${now}, recipient = case when ${state} = 'failed' then recipient end,
      variables = case when ${state} = 'failed' then variables end
    where id = ${id}::uuid
  `.execute(handle);
}

/** What a letter about a reservation says: the server's own records, as they are when it is written. */
export interface LetterFacts {
  reservation_id: string;
  list_id: string;
  list_title: string;
  holder_name: string;
  owner_name: string;
  quantity: number;
  notes: string | null;
  brand: string | null;
  details: string | null;
  product_url: string | null;
  image_url: string | null;
}

export async function selectLetterFacts(
  handle: Handle,
  reservationId: string,
): Promise<LetterFacts | undefined> {
  const { rows } = await sql<LetterFacts>`
    select r.id as reservation_id, r.list_id, l.title as list_title, r.name as holder_name,
      coalesce(u.name, u.email) as owner_name, r.quantity, g.notes,
      coalesce(p.brand, n.brand) as brand, coalesce(p.details, n.details) as details,
      coalesce(p.product_url, n.product_url) as product_url, coalesce(p.image_url, n.image_url) as image_url
    from lists.reservations r
    join lists.gift_lists l on l.id = r.list_id
    join lists.users u on u.id = l.owner_id
    join lists.gifts g on g.list_id = r.list_id and g.product_id = r.product_id
    left join lists.products p on g.type = 'products' and p.id = g.product_id
    left join lists.not_found_products n on g.type = 'notfound' and n.id = g.product_id
    where r.id = ${reservationId}
  `.execute(handle);
  return rows[0];
}

export interface OutboxState {
  waiting: number;
  failed: number;
  oldest_waiting_at: Date | null;
}

export async function selectOutboxState(handle: Handle): Promise<OutboxState> {
  const { rows } = await sql<OutboxState>`
    select (select count(*)::int from lists.mail_outbox where state = 'waiting') as waiting,
      (select count(*)::int from lists.mail_outbox where state = 'failed'
        and created_at > now() - interval '1 day') as failed,
      (select min(created_at) from lists.mail_outbox where state = 'waiting') as oldest_waiting_at
  `.execute(handle);
  return rows[0] ?? { waiting: 0, failed: 0, oldest_waiting_at: null };
}

/** Letters whose attempts ran out, or that were refused for good, since then. */
export async function countFailedMails(handle: Handle, since: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from lists.mail_outbox where state = 'failed' and sent_at > ${since}
  `.execute(handle);
  return rows[0]?.count ?? 0;
}

export async function deleteOldMails(handle: Handle, before: Date): Promise<number> {
  const result = await sql`
    delete from lists.mail_outbox where created_at < ${before} and state in ('sent', 'dropped', 'failed')
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}

/** After a restore: letters of before must not go out twice, so a person decides (spec section 10.2). */
export async function holdWaitingMails(handle: Handle, before: Date): Promise<number> {
  const result = await sql`
    update lists.mail_outbox set state = 'held' where state = 'waiting' and created_at <= ${before}
  `.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}
