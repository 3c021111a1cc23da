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
  locale: string | null;
}

const COLUMNS = sql`
  id, list_id, product_id, holder_key, user_id, name, email, amount::float8 as amount, state, locale
`;

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
    insert into lists.contributions (id, list_id, product_id, holder_key, user_id, name, email, amount, locale, created_at, updated_at)
    select ${pledge.id}, list_id, product_id, ${pledge.holder_key}, ${pledge.user_id}, ${pledge.name}, ${pledge.email},
      ${pledge.amount}, ${pledge.locale}, ${pledge.now}, ${pledge.now}
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
    select ${COLUMNS} from lists.contributions where id = ${id}
  `.execute(handle);
  return rows[0];
}

export async function selectPledgesOfList(handle: Handle, listId: string): Promise<ContributionRow[]> {
  const { rows } = await sql<ContributionRow>`
    select ${COLUMNS} from lists.contributions where list_id = ${listId} and state = 'pledged' order by created_at, id
  `.execute(handle);
  return rows;
}

export interface PledgePageRow {
  id: string;
  list_id: string;
  list_title: string;
  currency: string;
  name: string;
  amount: number;
  state: ContributionRow['state'];
  brand: string | null;
  details: string | null;
  product_url: string | null;
  image_url: string | null;
  price: string | null;
}

/** A pledge with its gift and list, as its page and its letter show it. */
export async function selectPledgePage(handle: Handle, id: string): Promise<PledgePageRow | undefined> {
  const { rows } = await sql<PledgePageRow>`
    select c.id, c.list_id, l.title as list_title, l.currency, c.name, c.amount::float8 as amount, c.state,
      coalesce(p.brand, n.brand) as brand, coalesce(p.details, n.details) as details,
      coalesce(p.product_url, n.product_url) as product_url, coalesce(p.image_url, n.image_url) as image_url,
      coalesce(p.price, n.price) as price
    from lists.contributions c
    join lists.gift_lists l on l.id = c.list_id
    left join lists.products p on p.id = c.product_id
    left join lists.not_found_products n on n.id = c.product_id
    where c.id = ${id}
  `.execute(handle);
  return rows[0];
}
