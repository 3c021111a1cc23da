import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface ContributionRow {
  id: string;
  list_id: string;
  product_id: string;
  holder_key: string;
  user_id: string | null;
  name: string;
  email: string;
  amount: number;
  state: 'pledged' | 'withdrawn';
}

/** Adds to the gift's pledges what still fits; false when it does not, whoever else pledges at the same time. */
export async function addPledge(
  handle: Handle,
  pledge: Omit<ContributionRow, 'state'> & { now: Date },
): Promise<boolean> {
  const { rows } = await sql`
    with gift as (
      update lists.gifts set group_pledged = group_pledged + ${pledge.amount}
      where list_id = ${pledge.list_id} and product_id = ${pledge.product_id}
        and group_target is not null and group_pledged + ${pledge.amount} <= group_target
      returning list_id, product_id
    )
    insert into lists.contributions (id, list_id, product_id, holder_key, user_id, name, email, amount, created_at, updated_at)
    select ${pledge.id}, list_id, product_id, ${pledge.holder_key}, ${pledge.user_id}, ${pledge.name}, ${pledge.email},
      ${pledge.amount}, ${pledge.now}, ${pledge.now}
    from gift returning id
  `.execute(handle);
  return rows.length === 1;
}

/** False when it was withdrawn already. */
export async function withdrawPledge(handle: Handle, id: string, now: Date): Promise<boolean> {
  const { rows } = await sql`
    with withdrawn as (
      update lists.contributions set state = 'withdrawn', updated_at = ${now}
      where id = ${id} and state = 'pledged' returning list_id, product_id, amount
    )
    update lists.gifts g set group_pledged = g.group_pledged - w.amount
    from withdrawn w where g.list_id = w.list_id and g.product_id = w.product_id returning g.product_id
  `.execute(handle);
  return rows.length === 1;
}

export async function selectPledge(handle: Handle, id: string): Promise<ContributionRow | undefined> {
  const { rows } = await sql<ContributionRow>`
    select id, list_id, product_id, holder_key, user_id, name, email, amount::float8 as amount, state
    from lists.contributions where id = ${id}
  `.execute(handle);
  return rows[0];
}

export async function selectPledgesOfList(handle: Handle, listId: string): Promise<ContributionRow[]> {
  const { rows } = await sql<ContributionRow>`
    select id, list_id, product_id, holder_key, user_id, name, email, amount::float8 as amount, state
    from lists.contributions where list_id = ${listId} and state = 'pledged' order by created_at, id
  `.execute(handle);
  return rows;
}
