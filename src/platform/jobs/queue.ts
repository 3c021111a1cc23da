import { sql } from 'kysely';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TaskDefinition } from './task.ts';

/** A task together with where its jobs live. */
export interface Queue {
  name: string;
  task: TaskDefinition;
  /** The partition of `pgboss.job` that holds this queue alone. */
  table: string;
  isOrdered: boolean;
  heartbeatSeconds: number;
  /** What is wrong with a payload, or undefined. Names fields, never values: those may be personal. */
  explainPayload(payload: unknown): string | undefined;
}

/** What pg-boss keeps in a job's `data`: the payload, the correlation id and the trace context. */
export interface StoredData {
  p: unknown;
  c: string | null;
  t?: string;
}

export const ORDERED_POLICY = 'key_strict_fifo';
export const DEAD_LETTER_QUEUE = 'platform_dead_letters';
export const DEFAULT_KEEP_COMPLETED_SECONDS = 3600;
// pg-boss ends jobs that run too long as a backstop; the worker itself ends a run in time, with its own error.
export const EXPIRY_MARGIN_SECONDS = 60;

export function createQueue(task: TaskDefinition, table: string, heartbeatSeconds: number): Queue {
  const validator = Compile(task.payload as TSchema);
  return {
    name: task.name,
    task,
    table,
    isOrdered: task.ordered !== undefined,
    heartbeatSeconds,
    explainPayload(payload) {
      if (validator.Check(payload)) return undefined;
      return validator
        .Errors(payload)
        .slice(0, 5)
        .map((fault) => `${fault.instancePath || '/'} ${fault.message}`)
        .join('; ');
    },
  };
}

export function tableOf(queue: Pick<Queue, 'table'>) {
  return sql.id('pgboss', queue.table);
}
