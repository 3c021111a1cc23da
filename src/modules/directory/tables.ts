export interface DirectoryTables {
  'directory.received_events': ReceivedEventRow;
  'directory.change_events': ChangeEventRow;
  'directory.ods_sequences': OdsSequenceRow;
  'directory.dry_runs': DryRunRow;
  'directory.dry_run_items': DryRunItemRow;
  'directory.dry_run_applications': DryRunApplicationRow;
  'directory.quality_runs': QualityRunRow;
  'directory.releases': ReleaseRow;
  'directory.replay_runs': ReplayRunRow;
  'directory.update_intents': UpdateIntentRow;
  'directory.rate_limits': { key_name: string; tokens: number; refilled_at: Date };
}

/** numeric and bigint columns arrive as text: sequence numbers go beyond what a JavaScript number holds. */
export interface ReceivedEventRow {
  id: string;
  ods_code: string;
  sequence_number: string;
  correlation_id: string;
  retry_key: Buffer | null;
  body: string;
  had_staff: boolean;
  received_at: Date;
  processed_at: Date | null;
}

export interface OdsSequenceRow {
  ods_code: string;
  latest_sequence_number: string;
  settling_since: Date | null;
  settling_sequence_number: string | null;
}

export interface ChangeEventRow {
  id: string;
  ods_code: string;
  sequence_number: string | null;
  event_received: string;
  ttl: string;
  event: string;
  first_received: string;
  chronology: string;
}

export interface DryRunRow {
  id: string;
  title: string;
  blob_key: string | null;
  request: unknown;
  actor_name: string;
  state: 'waiting' | 'running' | 'finished' | 'failed';
  error: string | null;
  events: number;
  services: number;
  changed_services: number;
  outcomes: Record<string, number>;
  fields: Record<string, number>;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

export interface DryRunItemRow {
  place: number;
  line: number;
  outcome: string;
  ods_code: string | null;
  sequence_number: string | null;
  latest_sequence_number: string | null;
  service_id: number | null;
  service_uid: string | null;
  service_name: string | null;
  reason: string | null;
  changes: { field: string; action: string; previous_value: string; new_value: string }[] | null;
  reports: { report_key: string; message: string }[] | null;
  applied_as: string | null;
}

export interface DryRunApplicationRow {
  id: string;
  dry_run_id: string;
  choice: unknown;
  actor_name: string;
  state: 'running' | 'finished';
  after_place: number;
  queued: number;
  overtaken: number;
  created_at: Date;
  finished_at: Date | null;
}

export interface QualityRunRow {
  id: string;
  started_by: string;
  state: 'running' | 'finished' | 'failed';
  started_at: Date;
  finished_at: Date | null;
  findings: number;
  error: string | null;
}

export interface ReleaseRow {
  name: string;
  version: string;
  shared_environment: string;
  deployed_at: Date;
  deployed_by: string;
}

export interface ReplayRunRow {
  id: string;
  request: unknown;
  actor_name: string;
  state: 'running' | 'finished';
  since_ms: string;
  until_ms: string;
  record_ids: string[] | null;
  after_ms: string;
  after_chronology: string;
  looked_at: number;
  queued: number;
  superseded: number;
  created_at: Date;
  finished_at: Date | null;
}

export interface UpdateIntentRow {
  job_id: string;
  service_id: number;
  history_entry: string;
  changes: unknown;
  created_at: Date;
}
