import { type Static, Type } from 'typebox';
import type { TaskOptions } from '#platform/jobs';

/** One notification, or bulk send, by its id; what else a task needs it reads again. */
export const NotificationPayload = Type.Object({ id: Type.String() });
export type NotificationPayload = Static<typeof NotificationPayload>;

/**
 * The first retry follows at once and does not count here; then one every 300 s, 48 in all (public section 5.1).
 * Completed jobs are removed: the notification says what became of it.
 */
const sending = {
  payload: NotificationPayload,
  // By service: however many messages one has waiting, the next of another has its turn (public section 5.1).
  fair: {},
  retries: { limit: 47, delaySeconds: 300, backoff: false },
  timeoutSeconds: 120,
  keepCompletedSeconds: 0,
};

// At a few hundred messages a second a worker that claims at every wake takes few at a time, and each batch has its
// statements whatever its size.
const GATHER_MS = 50;

export const deliverEmailTask = {
  name: 'notify.deliver_email',
  ...sending,
  gatherMs: GATHER_MS,
  batchSize: 100,
  concurrency: 8,
} satisfies TaskOptions;

/** Many small batches: one slow call holds up only the few messages that were claimed with it. */
export const deliverSmsTask = {
  name: 'notify.deliver_sms',
  ...sending,
  gatherMs: GATHER_MS,
  batchSize: 25,
  concurrency: 40,
} satisfies TaskOptions;

/** Messages of test keys, apart from real ones so that a load test delays none of those. */
export const deliverTestTask = {
  name: 'notify.deliver_test',
  ...sending,
  batchSize: 100,
  concurrency: 1,
} satisfies TaskOptions;

/** Signalbox's own messages: signing in never waits behind bulk traffic (internals section 5.2). */
export const deliverInternalTask = {
  name: 'notify.deliver_internal',
  ...sending,
  batchSize: 25,
  concurrency: 2,
} satisfies TaskOptions;

const letters = {
  payload: NotificationPayload,
  fair: {},
  retries: { limit: 15, delaySeconds: 300, backoff: false },
  batchSize: 4,
  concurrency: 2,
  timeoutSeconds: 300,
  keepCompletedSeconds: 0,
};

export const createLetterPdfTask = { name: 'notify.create_letter_pdf', ...letters } satisfies TaskOptions;
export const checkPrecompiledTask = { name: 'notify.check_precompiled', ...letters } satisfies TaskOptions;

/** Rows of a bulk send become messages, in turns of some seconds. */
export const processBulkSendTask = {
  name: 'notify.process_job',
  payload: NotificationPayload,
  fair: { maxActivePerKey: 1 },
  retries: { limit: 5, delaySeconds: 30, backoff: true },
  batchSize: 1,
  concurrency: 2,
  timeoutSeconds: 120,
} satisfies TaskOptions;

/** A report of messages, by the id of its request. */
export const processReportTask = {
  name: 'notify.process_report_request',
  payload: NotificationPayload,
  fair: { maxActivePerKey: 1 },
  retries: { limit: 3, delaySeconds: 60, backoff: true },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 1_800,
} satisfies TaskOptions;

/** Few at a time: the printer throttles. What it does not take is tried again for almost three hours. */
export const deliverLetterTask = {
  name: 'notify.deliver_letter',
  payload: NotificationPayload,
  fair: {},
  retries: { limit: 55, delaySeconds: 180, backoff: false },
  batchSize: 10,
  concurrency: 2,
  timeoutSeconds: 600,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;

export const PrintReportPayload = Type.Object({
  id: Type.String(),
  status: Type.Union([Type.Literal('DESPATCHED'), Type.Literal('REJECTED')]),
  sheets: Type.Optional(Type.Integer()),
  /** A London day. */
  despatchedOn: Type.Optional(Type.String()),
  costThreshold: Type.Optional(Type.Union([Type.Literal('sorted'), Type.Literal('unsorted')])),
});
export type PrintReportPayload = Static<typeof PrintReportPayload>;

export const processPrintReportTask = {
  name: 'notify.process_letter_callback',
  payload: PrintReportPayload,
  retries: { limit: 5, delaySeconds: 300, backoff: false },
  batchSize: 50,
  concurrency: 1,
  timeoutSeconds: 120,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;

/** What is printed on letters, 5,000 at most. */
export const ReturnedLettersPayload = Type.Object({ references: Type.Array(Type.String()) });
export type ReturnedLettersPayload = Static<typeof ReturnedLettersPayload>;

export const processReturnedLettersTask = {
  name: 'notify.process_returned_letters_list',
  payload: ReturnedLettersPayload,
  retries: { limit: 5, delaySeconds: 300, backoff: false },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 300,
} satisfies TaskOptions;

/** A provider's report on one message: codes and times, nothing of the recipient. */
export const ReceiptPayload = Type.Object({
  provider: Type.String(),
  /** Text messages: the notification's id. Email: the provider's id of the message. */
  reference: Type.String(),
  status: Type.String(),
  detail: Type.Optional(Type.String()),
  deliveredAt: Type.Optional(Type.String()),
  receivedAt: Type.String(),
  /** When the provider took the message; email only. */
  sentAt: Type.Optional(Type.String()),
  feedbackId: Type.Optional(Type.String()),
});
export type ReceiptPayload = Static<typeof ReceiptPayload>;

export const processReceiptTask = {
  name: 'notify.process_receipt',
  payload: ReceiptPayload,
  retries: { limit: 5, delaySeconds: 300, backoff: false },
  batchSize: 200,
  concurrency: 2,
  timeoutSeconds: 60,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;

export const CallbackPayload = Type.Object({ id: Type.String() });
export type CallbackPayload = Static<typeof CallbackPayload>;

/** First attempts and retries wait apart, so a broken receiver does not hold up healthy ones (public section 6.16). */
const calling = {
  payload: CallbackPayload,
  // By service, so that a receiver that takes its five seconds each time is at most this many of our calls.
  fair: { maxActivePerKey: 20 },
  // Only for what is ours to mend: answers of the receiver are counted on the callback itself.
  retries: { limit: 20, delaySeconds: 30, backoff: false },
  batchSize: 20,
  timeoutSeconds: 60,
  keepCompletedSeconds: 0,
};
export const sendCallbackTask = {
  name: 'notify.send_callback',
  ...calling,
  concurrency: 20,
} satisfies TaskOptions;
export const retryCallbackTask = {
  name: 'notify.retry_callback',
  ...calling,
  concurrency: 20,
} satisfies TaskOptions;

/** Starts what is due, once a minute: internals section 5.5. */
export const tickTask = {
  name: 'notify.tick',
  payload: Type.Object({}),
  retries: { limit: 3, delaySeconds: 5, backoff: false },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 60,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;

/** By the name that the schedule gives it. */
export const ScheduledPayload = Type.Object({ name: Type.String() });
export type ScheduledPayload = Static<typeof ScheduledPayload>;

const byTheClock = {
  payload: ScheduledPayload,
  retries: { limit: 3, delaySeconds: 30, backoff: true },
  batchSize: 1,
};
export const runPeriodicTask = {
  name: 'notify.run_periodic',
  ...byTheClock,
  concurrency: 4,
  timeoutSeconds: 900,
} satisfies TaskOptions;
export const runReportingTask = {
  name: 'notify.run_reporting',
  ...byTheClock,
  concurrency: 1,
  timeoutSeconds: 3_600,
} satisfies TaskOptions;

/** Retention of all services, one walk for each number of days that some of them keep texts or emails. */
export const WalkPayload = Type.Object({ days: Type.Array(Type.Integer()) });
export type WalkPayload = Static<typeof WalkPayload>;

export const walkTask = {
  name: 'notify.delete_notifications_older_than_retention',
  payload: WalkPayload,
  // Two walks at once would come to the same, but meet in the same rows.
  fair: { maxActivePerKey: 1 },
  retries: { limit: 5, delaySeconds: 60, backoff: true },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 300,
} satisfies TaskOptions;

/** Retention of one service: several channels share a pass where their cut-off is the same. */
export const ArchivePayload = Type.Object({
  serviceId: Type.String(),
  types: Type.Array(Type.Union([Type.Literal('sms'), Type.Literal('email'), Type.Literal('letter')])),
  days: Type.Integer(),
});
export type ArchivePayload = Static<typeof ArchivePayload>;

export const archiveServiceTask = {
  name: 'notify.delete_notifications_for_service_and_type',
  payload: ArchivePayload,
  fair: { maxActivePerKey: 1 },
  retries: { limit: 5, delaySeconds: 60, backoff: true },
  batchSize: 1,
  // One at a time in each worker, so that what people wait for keeps its share of the database.
  concurrency: 1,
  timeoutSeconds: 300,
} satisfies TaskOptions;

export const deleteBlobsTask = {
  name: 'notify.delete_blobs',
  payload: Type.Object({}),
  retries: { limit: 5, delaySeconds: 60, backoff: true },
  // Any one run does the work of all that wait.
  batchSize: 100,
  concurrency: 1,
  timeoutSeconds: 900,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;
