import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database, MigrationSet } from '#platform/db';
import type { Logger, Metrics } from '#platform/telemetry';
import { forgetProcess, renewProcess } from './process-queries.ts';

export interface ProcessAnnouncement {
  [Symbol.asyncDispose](): Promise<void>;
}

export const processMigrations: MigrationSet = {
  name: 'platform_processes',
  directory: new URL('./migrations/', import.meta.url),
};

const RENEWAL_MS = 3_000;

/** Keeps this process's row fresh until disposed. Losing the database is logged once and mends itself. */
export async function announceProcess(options: {
  db: Database;
  role: string;
  version: string;
  metrics: Metrics;
  log: Logger;
}): Promise<ProcessAnnouncement> {
  const { db, role, version, metrics, log } = options;
  const id = randomUUID();
  let isSilent = false;
  const renew = async (): Promise<void> => {
    try {
      await renewProcess(db.kysely, {
        id,
        role,
        host: hostname(),
        pid: process.pid,
        version,
        metrics: JSON.stringify(await metrics.snapshot()),
      });
      isSilent = false;
    } catch (error) {
      if (!isSilent) log.warn({ err: error }, 'process row not renewed');
      isSilent = true;
    }
  };
  await renew();
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= renew().finally(() => {
      running = undefined;
    });
  }, RENEWAL_MS);
  timer.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await running;
      await forgetProcess(db.kysely, id);
    },
  };
}
