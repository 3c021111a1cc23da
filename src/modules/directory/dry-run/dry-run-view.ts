import type { DryRunApplicationRow, DryRunItemRow, DryRunRow } from '../tables.ts';

/** A dry run as programs see it. */
export function presentDryRun(row: DryRunRow) {
  return {
    dry_run_id: row.id,
    title: row.title,
    source: row.blob_key === null ? ('stored' as const) : ('file' as const),
    state: row.state,
    error: row.error,
    requested_by: row.actor_name,
    events: row.events,
    services: row.services,
    changed_services: row.changed_services,
    outcomes: row.outcomes,
    fields: row.fields,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
  };
}

export function presentItem(row: DryRunItemRow) {
  return {
    place: row.place,
    line: row.line,
    outcome: row.outcome,
    ods_code: row.ods_code,
    sequence_number: row.sequence_number,
    service_id: row.service_id,
    service_uid: row.service_uid,
    service_name: row.service_name,
    reason: row.reason,
    changes: row.changes ?? [],
    reports: row.reports ?? [],
    applied_as: row.applied_as,
  };
}

export function presentApplication(row: DryRunApplicationRow) {
  return {
    application_id: row.id,
    dry_run_id: row.dry_run_id,
    // Written by startApplication.
    choice: row.choice as Record<string, unknown>,
    state: row.state,
    requested_by: row.actor_name,
    queued: row.queued,
    overtaken: row.overtaken,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  };
}
