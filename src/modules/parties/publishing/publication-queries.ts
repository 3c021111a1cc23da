import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Place in the feed of changes. */
export interface FeedPlace {
  transactionId: string;
  seq: string;
}

const NAME = 'events';

/** How far handing on has come; whoever asks at the same time waits until this transaction ends. */
export async function lockPublication(handle: Handle): Promise<FeedPlace> {
  await sql`
    insert into parties.event_publication (name, transaction_id, seq) values (${NAME}, '0', 0)
    on conflict (name) do nothing
  `.execute(handle);
  const result = await sql<{ transaction_id: string; seq: string }>`
    select transaction_id::text as transaction_id, seq from parties.event_publication where name = ${NAME} for update
  `.execute(handle);
  const [row] = result.rows;
  if (!row) throw new Error('The place of the publication is missing');
  return { transactionId: row.transaction_id, seq: row.seq };
}

export async function advancePublication(handle: Handle, place: FeedPlace): Promise<void> {
  await sql`
    update parties.event_publication set transaction_id = ${place.transactionId}::xid8, seq = ${place.seq}::bigint
    where name = ${NAME}
  `.execute(handle);
}
