export interface DirectoryTables {
  'directory.received_events': ReceivedEventRow;
  'directory.change_events': ChangeEventRow;
  'directory.ods_sequences': { ods_code: string; latest_sequence_number: string };
  'directory.quality_runs': QualityRunRow;
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

export interface QualityRunRow {
  id: string;
  started_by: string;
  state: 'running' | 'finished' | 'failed';
  started_at: Date;
  finished_at: Date | null;
  findings: number;
  error: string | null;
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
