import { type Static, Type } from 'typebox';
import type { TaskOptions } from '#platform/jobs';

/**
 * The three stages of the pipeline (spec section 5.2). Each is ordered by its key: while an event of an ODS code (or an
 * update of a service) is being tried, the next one of that key waits. A failed job is recorded and then lets the next
 * one pass; recovery is by replay, which compares with what is there and so cannot bring old data back.
 *
 * The original's visibility time-outs (30, 10 and 30 s) are its only way to retry; ours try again after 1, 2, 2 and 2
 * seconds, within its worst case of 150 s, with the same five attempts: an outage spends none of them, so what fails
 * here is the event itself, and each second it is tried holds back those behind it. Completed jobs are removed at once: the register
 * holds what became of them, and at a thousand a second keeping them costs a second write each.
 */
const attempts = { limit: 4, delaySeconds: 1, backoff: true, maxDelaySeconds: 2 };

export const ReceivedEventPayload = Type.Object({ receivedEventId: Type.String() });
export type ReceivedEventPayload = Static<typeof ReceivedEventPayload>;

export const ingestChangeEventTask = {
  name: 'directory.ingest_change_event',
  payload: ReceivedEventPayload,
  ordered: { onExhausted: 'release' },
  retries: attempts,
  batchSize: 250,
  concurrency: 1,
  timeoutSeconds: 30,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;

/** A stored change event on its way: its record, and when the endpoint accepted it (epoch milliseconds). */
export const StoredEventPayload = Type.Object({
  recordId: Type.String(),
  odsCode: Type.String(),
  receivedMs: Type.Integer(),
  /** Only these services, and only these fields of theirs: keys of the service history (a part of a dry run). */
  services: Type.Optional(Type.Array(Type.Integer())),
  fields: Type.Optional(Type.Array(Type.String())),
});
export type StoredEventPayload = Static<typeof StoredEventPayload>;

export const matchServicesTask = {
  name: 'directory.match_services',
  payload: StoredEventPayload,
  ordered: { onExhausted: 'release' },
  retries: attempts,
  batchSize: 250,
  concurrency: 1,
  timeoutSeconds: 10,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;

export const UpdateRequestPayload = Type.Object({
  recordId: Type.String(),
  odsCode: Type.String(),
  receivedMs: Type.Integer(),
  serviceId: Type.Integer(),
  fields: Type.Optional(Type.Array(Type.String())),
});
export type UpdateRequestPayload = Static<typeof UpdateRequestPayload>;

export const syncServiceTask = {
  name: 'directory.sync_service',
  payload: UpdateRequestPayload,
  ordered: { onExhausted: 'release' },
  retries: attempts,
  batchSize: 100,
  gatherMs: 100,
  // One batch waits for PostgreSQL while another is compared.
  concurrency: 3,
  timeoutSeconds: 20,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;

export const purgeExpiredTask = {
  name: 'directory.purge_expired',
  payload: Type.Object({}),
  retries: { limit: 3, delaySeconds: 30, backoff: true },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 300,
} satisfies TaskOptions;

export const ReplayPayload = Type.Object({ replayId: Type.String() });
export type ReplayPayload = Static<typeof ReplayPayload>;

export const replayEventsTask = {
  name: 'directory.replay_events',
  payload: ReplayPayload,
  ordered: { onExhausted: 'release' },
  retries: { limit: 10, delaySeconds: 1, backoff: true, maxDelaySeconds: 60 },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 120,
} satisfies TaskOptions;

/** Without an id of its own a run is named after its job: so are those of the schedule. */
export const QualityCheckPayload = Type.Object({
  runId: Type.Optional(Type.String()),
  startedBy: Type.Optional(Type.String()),
});
export type QualityCheckPayload = Static<typeof QualityCheckPayload>;

export const checkQualityTask = {
  name: 'directory.check_quality',
  payload: QualityCheckPayload,
  retries: { limit: 0, delaySeconds: 0, backoff: false },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 900,
} satisfies TaskOptions;

export const DryRunPayload = Type.Object({ dryRunId: Type.String() });
export type DryRunPayload = Static<typeof DryRunPayload>;

export const performDryRunTask = {
  name: 'directory.perform_dry_run',
  payload: DryRunPayload,
  ordered: { onExhausted: 'release' },
  retries: { limit: 2, delaySeconds: 5, backoff: true },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 3_600,
} satisfies TaskOptions;

export const ApplicationPayload = Type.Object({ applicationId: Type.String() });
export type ApplicationPayload = Static<typeof ApplicationPayload>;

export const applyDryRunTask = {
  name: 'directory.apply_dry_run',
  payload: ApplicationPayload,
  ordered: { onExhausted: 'release' },
  retries: { limit: 10, delaySeconds: 1, backoff: true, maxDelaySeconds: 60 },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 3_600,
} satisfies TaskOptions;
