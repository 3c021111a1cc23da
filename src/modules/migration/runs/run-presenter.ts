import { toLocalDateTime } from '../engine/local-time.ts';
import type { Run } from './run-queries.ts';

/** A history row: spec section 3.4. `id` is printed besides, as the original does. */
export function presentRun(run: Run) {
  return {
    id: run.migrationId,
    migrationId: run.migrationId,
    whenStarted: toLocalDateTime(run.whenStarted),
    whenEnded: run.whenEnded && toLocalDateTime(run.whenEnded),
    estimatedRecordCount: run.estimatedRecordCount,
    filter: run.filter as string | null,
    recordsMigrated: run.recordsMigrated,
    recordsFailed: run.recordsFailed,
    migrationType: run.migrationType,
    status: run.status,
    recordsFailedInMigration: run.recordsFailedInMigration,
    stopReason: run.stopReason,
  };
}
