import { randomUUID } from 'node:crypto';
import type { SimulatorRequest } from '../frame/simulator-request.ts';

export interface AuditRow {
  readonly id: string;
  readonly created: number;
  readonly changed: number;
  readonly deleted: number;
}

interface Kept<T> {
  value: T;
  readonly source: string;
}

/**
 * What a target service was given. Each record has the id of the service and the name of what it came from; the audit
 * counts by that name, so a record that was made twice shows as one row with `created` 2.
 */
export interface TargetRecords<T> {
  readonly count: number;
  get(id: string): T | undefined;
  create(value: T, source: string, id?: string): string;
  /** False when there is no such record. */
  update(id: string, value: T): boolean;
  remove(id: string): boolean;
  /** All records, or those that `wanted` picks, with their ids. */
  list(wanted?: (value: T) => boolean): { id: string; value: T }[];
  audit(): Generator<AuditRow>;
  clear(): void;
}

export function createTargetRecords<T>(): TargetRecords<T> {
  const records = new Map<string, Kept<T>>();
  const audit = new Map<string, { created: number; changed: number; deleted: number }>();

  function count(source: string, what: 'created' | 'changed' | 'deleted'): void {
    const row = audit.get(source) ?? { created: 0, changed: 0, deleted: 0 };
    row[what] += 1;
    audit.set(source, row);
  }

  return {
    get count() {
      return records.size;
    },
    get: (id) => records.get(id)?.value,
    create(value, source, id = randomUUID()) {
      records.set(id, { value, source });
      count(source, 'created');
      return id;
    },
    update(id, value) {
      const kept = records.get(id);
      if (!kept) return false;
      kept.value = value;
      count(kept.source, 'changed');
      return true;
    },
    remove(id) {
      const kept = records.get(id);
      if (!kept) return false;
      records.delete(id);
      count(kept.source, 'deleted');
      return true;
    },
    list: (wanted = () => true) =>
      [...records].filter(([, { value }]) => wanted(value)).map(([id, { value }]) => ({ id, value })),
    *audit() {
      for (const [id, row] of audit) yield { id, ...row };
    },
    clear() {
      records.clear();
      audit.clear();
    },
  };
}

/** Answers of creates by their `Idempotency-Key`, for a target that is told to honour it. */
export interface IdempotencyKeys {
  isHonoured: boolean;
  /** The answer given before under the key of this request, or the new one of `create`. */
  once(request: SimulatorRequest, create: () => string): string;
  clear(): void;
}

export function createIdempotencyKeys(): IdempotencyKeys {
  const answers = new Map<string, string>();
  return {
    isHonoured: false,
    once(request, create) {
      const key = this.isHonoured ? request.headers['idempotency-key'] : undefined;
      if (typeof key !== 'string') return create();
      const answer = answers.get(key) ?? create();
      answers.set(key, answer);
      return answer;
    },
    clear() {
      answers.clear();
      this.isHonoured = false;
    },
  };
}
