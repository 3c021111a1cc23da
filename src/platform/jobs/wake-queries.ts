import type { Client } from 'pg';

export const WAKE_CHANNEL = 'signalbox_jobs';

export async function listenForJobs(client: Client): Promise<void> {
  await client.query(`listen ${WAKE_CHANNEL}`);
}
