import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import { wireTime } from '../store/team-queries.ts';

export interface ChangeRow {
  seq: string;
  transaction_id: string;
  aggregate_type: 'product_team' | 'product';
  aggregate_id: string;
  name: string;
  /** JSON text, members in the order they were written. */
  payload: string;
  occurred_at: string;
  application: string;
  correlation_id: string | null;
}

const COLUMNS = sql`seq, transaction_id::text as transaction_id, aggregate_type, aggregate_id, name,
  payload::text as payload, ${wireTime(sql`occurred_at`)} as occurred_at, application, correlation_id`;

/** Generated ids of all teams that have or had this identifier: an alias may have been given on after a deletion. */
const teamsEverCalled = (given: string): RawBuilder<unknown> => sql`
  select product_team_id from parties.identifiers where value = ${given}
  union
  select product_team_id from parties.retired_aliases where value = ${given}
`;

function aggregateIs(kind: 'product_team' | 'product', given: string): RawBuilder<unknown> {
  return kind === 'product' ? sql`aggregate_id = ${given}` : sql`aggregate_id in (${teamsEverCalled(given)})`;
}

/** Changes of a party, oldest first, after `seq`. */
export async function selectHistory(
  handle: Handle,
  party: { kind: 'product_team' | 'product'; given: string },
  page: { after: string; limit: number },
): Promise<ChangeRow[]> {
  const result = await sql<ChangeRow>`
    select ${COLUMNS} from parties.domain_events
    where ${aggregateIs(party.kind, party.given)} and aggregate_type = ${party.kind} and seq > ${page.after}::bigint
    order by seq limit ${page.limit}
  `.execute(handle);
  return result.rows;
}

/** The last change of a party at or before an instant: what its payload says is what the party was then. */
export async function selectStateAsOf(
  handle: Handle,
  party: { kind: 'product_team' | 'product'; given: string },
  asOf: string,
): Promise<ChangeRow | undefined> {
  const result = await sql<ChangeRow>`
    select ${COLUMNS} from parties.domain_events
    where ${aggregateIs(party.kind, party.given)} and aggregate_type = ${party.kind}
      and occurred_at <= ${asOf}::timestamptz
    order by occurred_at desc, seq desc limit 1
  `.execute(handle);
  return result.rows[0];
}

/**
 * Changes of all parties behind a cursor, in the order in which they became visible. Rows of transactions that are not
 * below every one still running are left for later: one of those may yet commit rows that come before them.
 */
export async function selectFeed(
  handle: Handle,
  page: { transactionId: string; seq: string; limit: number },
): Promise<ChangeRow[]> {
  const result = await sql<ChangeRow>`
    select ${COLUMNS} from parties.domain_events
    where (transaction_id, seq) > (${page.transactionId}::xid8, ${page.seq}::bigint)
      and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    order by transaction_id, seq limit ${page.limit}
  `.execute(handle);
  return result.rows;
}

/** One change; undefined when there is none of this number. */
export async function selectChange(handle: Handle, seq: string): Promise<ChangeRow | undefined> {
  const result = await sql<ChangeRow>`
    select ${COLUMNS} from parties.domain_events where seq = ${seq}::bigint
  `.execute(handle);
  return result.rows[0];
}

/** The latest changes that an application made, newest first. */
export async function selectChangesBy(
  handle: Handle,
  application: string,
  limit: number,
): Promise<ChangeRow[]> {
  const result = await sql<ChangeRow>`
    select ${COLUMNS} from parties.domain_events where application = ${application} order by seq desc limit ${limit}
  `.execute(handle);
  return result.rows;
}
