import type { Client } from 'pg';
import type { Queue } from './queue.ts';

export const WAKE_CHANNEL = 'signalbox_jobs';

export async function listenForJobs(client: Client): Promise<void> {
  await client.query(`listen ${WAKE_CHANNEL}`);
  // Plans of `selectDueQueues` outlive the moment they were made for: one made while a table was empty would read the
  // whole of it later. Indexes of waiting jobs are the right way at any size.
  await client.query('set enable_seqscan = off');
}

/** The text of the statement that `selectDueQueues` runs: made once, so that PostgreSQL plans it once a connection. */
export function dueQueuesStatement(queues: Pick<Queue, 'name' | 'table'>[], client: Client): string {
  return queues
    .map(({ name, table }) => {
      const literal = client.escapeLiteral(name);
      return `select ${literal} as name where exists (
        select from pgboss.${client.escapeIdentifier(table)}
        where name = ${literal} and state < 'active' and not blocked and start_after <= now())`;
    })
    .join(' union all ');
}

/** Names of the queues that have a job that is due. */
export async function selectDueQueues(client: Client, statement: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>({ name: 'due_queues', text: statement });
  return rows.map((row) => row.name);
}
