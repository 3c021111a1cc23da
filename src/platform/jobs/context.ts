import type { PgBoss } from 'pg-boss';
import type { Database } from '#platform/db';
import type { Logger, Tracer } from '#platform/telemetry';
import type { AuditWriter, JobEventWriter } from './audit.ts';
import type { DatabaseWatch } from './database-watch.ts';
import type { JobMetrics } from './job-metrics.ts';
import type { Queue } from './queue.ts';

/** What the parts of the job engine share. */
export interface JobsContext {
  /** The pool of the modules: for what commits together with their rows, and for what people ask. */
  db: Database;
  /** Connections of the engine alone, so that tasks that use up the other pool cannot starve their own heartbeats. */
  readonly engine: Database;
  log: Logger;
  boss: PgBoss;
  watch: DatabaseWatch;
  metrics: JobMetrics;
  tracer: Tracer | undefined;
  audit: AuditWriter;
  events: JobEventWriter | undefined;
  heartbeatSeconds: number;
  /** Every queue this process knows, by name. */
  queues: Map<string, Queue>;
}
