import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** That a person's edit is about to be rejected by us, and for which change event. */
export interface RejectionIntent {
  changeId: string;
  serviceId: number;
  odsCode: string;
  correlationId: string | null;
  traceparent: string | null;
  /** What DoS keeps as the time of the rejection, in whole seconds. */
  rejectedAt: Date;
}

/** A run that is tried again replaces what a former one meant to do. */
export async function upsertRejectionIntents(handle: Handle, intents: RejectionIntent[]): Promise<void> {
  await sql`
    insert into directory.rejection_intents
      (change_id, service_id, ods_code, correlation_id, traceparent, rejected_at)
    select "changeId", "serviceId", "odsCode", "correlationId", traceparent, "rejectedAt"
    from json_to_recordset(${JSON.stringify(intents)}::json) as intent ("changeId" text, "serviceId" int,
      "odsCode" text, "correlationId" text, traceparent text, "rejectedAt" timestamptz)
    on conflict (change_id) do update
    set service_id = excluded.service_id, ods_code = excluded.ods_code,
      correlation_id = excluded.correlation_id, traceparent = excluded.traceparent,
      rejected_at = excluded.rejected_at
  `.execute(handle);
}

const columns = sql`change_id as "changeId", service_id as "serviceId", ods_code as "odsCode",
  correlation_id as "correlationId", traceparent, rejected_at as "rejectedAt"`;

export async function selectRejectionIntents(
  handle: Handle,
  serviceIds: readonly number[],
): Promise<RejectionIntent[]> {
  const { rows } = await sql<RejectionIntent>`
    select ${columns} from directory.rejection_intents where service_id = any(${serviceIds}::int[])
  `.execute(handle);
  return rows;
}

/** Those whose run has not come back for them. */
export async function selectOldRejectionIntents(
  handle: Handle,
  before: Date,
  limit: number,
): Promise<RejectionIntent[]> {
  const { rows } = await sql<RejectionIntent>`
    select ${columns} from directory.rejection_intents where rejected_at < ${before}
    order by rejected_at limit ${limit}
  `.execute(handle);
  return rows;
}

/** Returns the ids of those that were still there: whoever removes an intent tells of the rejection. */
export async function deleteRejectionIntents(
  handle: Handle,
  changeIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    delete from directory.rejection_intents where change_id = any(${changeIds}::text[])
    returning change_id as id
  `.execute(handle);
  return new Set(rows.map(({ id }) => id));
}
