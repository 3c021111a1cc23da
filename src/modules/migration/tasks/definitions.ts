import { type Static, Type } from 'typebox';
import type { TaskOptions } from '#platform/jobs';
import type { Domain } from '../engine/domain.ts';
import { type RetryPolicy, retryPolicyOf } from '../queues/retry-policy.ts';
import type { MigrationConfig } from '../settings.ts';

/** One record to move, or one mapping to make up for; ids only. */
export const MoveRecordPayload = Type.Object({
  migrationId: Type.String(),
  /** `MIGRATE_ENTITY`, or `RETRY_MIGRATION_MAPPING` where another service keeps the mappings. */
  kind: Type.Union([Type.Literal('entity'), Type.Literal('mapping')]),
  key: Type.String(),
  targetId: Type.Optional(Type.String()),
});
export type MoveRecordPayload = Static<typeof MoveRecordPayload>;

/** `ByPageNumber`, `ByLastId` within a range, or a range that the source cut off itself. */
export const IdPage = Type.Union([
  Type.Object({ number: Type.Integer(), size: Type.Integer() }),
  Type.Object({
    range: Type.Integer(),
    after: Type.String(),
    end: Type.Union([Type.String(), Type.Null()]),
    size: Type.Integer(),
  }),
  Type.Object({ from: Type.String(), to: Type.String(), size: Type.Integer() }),
]);
export type IdPage = Static<typeof IdPage>;

export const ExpandPayload = Type.Object({
  migrationId: Type.String(),
  type: Type.String(),
  /** Neither page nor division: find out which pages there are (`MIGRATE_ENTITIES`). */
  page: Type.Optional(IdPage),
  /** The pages whose last ids end the ranges, and which of them is read next (`MIGRATE_BY_DIVISION`). */
  division: Type.Optional(
    Type.Object({
      index: Type.Integer(),
      numbers: Type.Array(Type.Integer()),
      after: Type.String(),
      size: Type.Integer(),
    }),
  ),
});
export type ExpandPayload = Static<typeof ExpandPayload>;

export const RunPayload = Type.Object({ migrationId: Type.String() });
export type RunPayload = Static<typeof RunPayload>;

/** An envelope as it arrived. The whole of it stays with the job, because operators inspect dead letters. */
export const EventPayload = Type.Object({
  messageId: Type.String(),
  body: Type.String(),
});
export type EventPayload = Static<typeof EventPayload>;

export const ReconcilePayload = Type.Object({ reconciliationId: Type.String() });
export type ReconcilePayload = Static<typeof ReconcilePayload>;

export const RepairPayload = Type.Object({ type: Type.String(), key: Type.String() });
export type RepairPayload = Static<typeof RepairPayload>;

export const UndoPayload = Type.Object({
  migrationId: Type.String(),
  type: Type.String(),
  afterKey: Type.String(),
});
export type UndoPayload = Static<typeof UndoPayload>;

export const PollPayload = Type.Object({ queueId: Type.String() });
export type PollPayload = Static<typeof PollPayload>;

/** Takes events from SQS; one job for each queue, for ever. */
export const pollTask = {
  name: 'migration.poll_queue',
  payload: PollPayload,
  retries: { limit: 1_000, delaySeconds: 5, backoff: false },
  batchSize: 1,
  concurrency: 16,
  timeoutSeconds: 120,
} satisfies TaskOptions;

/** Makes sure that every SQS queue is polled. */
export const armPollingTask = {
  name: 'migration.arm_polling',
  payload: Type.Object({}),
  retries: { limit: 3, delaySeconds: 5, backoff: true },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 60,
} satisfies TaskOptions;

const TIMEOUT_SECONDS = 600;

/** A killed worker is nothing that its messages did; what ends its workers time and again is found out all the same. */
const UNCOUNTED_LOSSES = 20;

/** Records of one migration type: the type's queue of the original. */
export function moveTask(domain: Domain, config: MigrationConfig) {
  return {
    name: `migration.move_${domain.name}`,
    payload: MoveRecordPayload,
    retries: retriesOf(retryPolicyOf(config, domain.bulk, 'bulk')),
    uncountedLosses: UNCOUNTED_LOSSES,
    ...batchesOf(config[`consumers:${domain.bulk?.queueId}`], {
      batchSize: config.batchSize,
      concurrency: config.batches,
    }),
    timeoutSeconds: TIMEOUT_SECONDS,
    keepCompletedSeconds: 0,
  } satisfies TaskOptions;
}

/** Events of one domain. Those of one key run one at a time, in the order they came, whichever process they reach. */
export function syncTask(domain: Domain, config: MigrationConfig) {
  return {
    name: `migration.sync_${domain.name}`,
    payload: EventPayload,
    ordered: { onExhausted: 'release' },
    retries: retriesOf(retryPolicyOf(config, domain.sync, 'event')),
    uncountedLosses: UNCOUNTED_LOSSES,
    ...batchesOf(config[`consumers:${domain.sync?.queueId}`], { batchSize: 50, concurrency: 4 }),
    timeoutSeconds: TIMEOUT_SECONDS,
    keepCompletedSeconds: 0,
  } satisfies TaskOptions;
}

/** Pages of ids of every type; the key is the type. */
export function expandTask(config: MigrationConfig) {
  return {
    name: 'migration.expand_page',
    payload: ExpandPayload,
    retries: retriesOf(retryPolicyOf(config, undefined, 'bulk')),
    uncountedLosses: UNCOUNTED_LOSSES,
    batchSize: 1,
    // Each type has its own limit, and no type waits until the pages of another are through (F10).
    fair: { maxActivePerKey: config.pageConcurrency },
    concurrency: config.pageConcurrency * TYPES_AT_ONCE,
    timeoutSeconds: 300,
    keepCompletedSeconds: 0,
  } satisfies TaskOptions;
}

/** Types whose pages one process fetches side by side. */
const TYPES_AT_ONCE = 4;

const patient = { limit: 1_000, delaySeconds: 1, backoff: true, maxDelaySeconds: 30 };

/** Looks after one run until its end. */
export const watchTask = {
  name: 'migration.watch_run',
  payload: RunPayload,
  retries: patient,
  batchSize: 5,
  concurrency: 1,
  timeoutSeconds: 60,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;

/** Makes sure that every open run has its watch: F6. */
export const sweepTask = {
  name: 'migration.sweep_runs',
  payload: Type.Object({}),
  retries: { limit: 3, delaySeconds: 5, backoff: true },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 60,
} satisfies TaskOptions;

export const reconcileTask = {
  name: 'migration.reconcile_records',
  payload: ReconcilePayload,
  retries: patient,
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: TIMEOUT_SECONDS,
} satisfies TaskOptions;

/** Compares a few records of each domain. */
export const rollingTask = {
  name: 'migration.check_records',
  payload: Type.Object({}),
  retries: { limit: 0, delaySeconds: 0, backoff: false },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 300,
} satisfies TaskOptions;

export const repairTask = {
  name: 'migration.repair_record',
  payload: RepairPayload,
  ordered: { onExhausted: 'release' },
  retries: { limit: 4, delaySeconds: 1, backoff: true, maxDelaySeconds: 60 },
  uncountedLosses: UNCOUNTED_LOSSES,
  batchSize: 20,
  concurrency: 2,
  timeoutSeconds: TIMEOUT_SECONDS,
} satisfies TaskOptions;

/** Removes mappings that their domain keeps for a while only. */
export const expireTask = {
  name: 'migration.expire_mappings',
  payload: Type.Object({}),
  retries: { limit: 3, delaySeconds: 60, backoff: true },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: TIMEOUT_SECONDS,
} satisfies TaskOptions;

export const undoTask = {
  name: 'migration.undo_run',
  payload: UndoPayload,
  retries: patient,
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: TIMEOUT_SECONDS,
} satisfies TaskOptions;

/** As many batches as of every queue, or so many messages at a time as are set for this one. */
function batchesOf(consumers: number | undefined, usual: { batchSize: number; concurrency: number }) {
  if (consumers === undefined) return usual;
  const batchSize = Math.min(usual.batchSize, consumers);
  return { batchSize, concurrency: Math.max(1, Math.floor(consumers / batchSize)) };
}

function retriesOf({ maxReceives, backoffSeconds }: RetryPolicy) {
  return {
    limit: maxReceives - 1,
    delaySeconds: backoffSeconds[0] ?? 0,
    backoff: false,
    delaysSeconds: backoffSeconds,
  };
}
