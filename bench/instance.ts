import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readEmbeddedUrl, siblingUrl } from '#platform/db';

/** What benchmarks that kill or switch need to know of an instance that `start` runs on a data folder. */

export async function waitUntilReady(base: string, limitSeconds: number): Promise<void> {
  for (const deadline = Date.now() + limitSeconds * 1_000; ; await sleep(100)) {
    const isReady = await fetch(`${base}/health/readiness`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    if (Date.now() > deadline) throw new Error(`Not ready again within ${limitSeconds} s`);
  }
}

/** The process of a role (`web`, `worker`), or of PostgreSQL. */
export async function findPid(
  dataDir: string,
  target: string,
  options: { not?: number | undefined } = {},
): Promise<number> {
  if (target === 'postgres') {
    return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  }
  const [row] = await queryOf<{ pid: number }>(
    await databaseUrl(dataDir),
    'select pid from platform.processes where role = $1 and pid <> $2 order by seen_at desc limit 1',
    [target, options.not ?? 0],
  );
  if (!row) throw new Error(`No ${target} runs`);
  return row.pid;
}

/** Entries this run wrote to the service histories, against the updates the register states, and any written twice. */
export async function checkHistories(dataDir: string, servicesWritten: number) {
  const rows = await queryOf<{ history: string }>(
    siblingUrl(await databaseUrl(dataDir), 'dos'),
    'select history from pathwaysdos.servicehistories',
  );
  let historyEntries = 0;
  let repeatedHistoryEntries = 0;
  for (const { history } of rows) {
    const entries = Object.entries(
      JSON.parse(history) as Record<string, { initiator?: { userid?: string }; new: unknown }>,
    )
      .filter(([, entry]) => entry.initiator?.userid === 'DOS_INTEGRATION')
      .map(([, entry]) => JSON.stringify(entry.new));
    historyEntries += entries.length;
    repeatedHistoryEntries += entries.filter(
      (entry, index) => index > 0 && entry === entries[index - 1],
    ).length;
  }
  return {
    historyEntries,
    historyEntriesNotReported: historyEntries - servicesWritten,
    repeatedHistoryEntries,
  };
}

export async function databaseUrl(dataDir: string): Promise<string> {
  const url = await readEmbeddedUrl(dataDir);
  if (!url) throw new Error('The embedded server does not run');
  return url;
}

export async function queryOf<R extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(text, values)).rows;
  } finally {
    await client.end();
  }
}
