import { type Static, Type } from 'typebox';
import type { TaskOptions } from '#platform/jobs';
import { DeadLetter } from '../dead-letters/dead-letter.ts';
import { SlackAlarm } from '../slack/slack-message.ts';

/** Looks at the alarms, and sends itself again within the minute. */
export const CheckAlarmsPayload = Type.Object({ isFollowUp: Type.Optional(Type.Boolean()) });
export type CheckAlarmsPayload = Static<typeof CheckAlarmsPayload>;

export const checkAlarmsTask = {
  name: 'directory.check_alarms',
  payload: CheckAlarmsPayload,
  retries: { limit: 0, delaySeconds: 1, backoff: false },
  batchSize: 1,
  concurrency: 1,
  timeoutSeconds: 60,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;

export const sendSlackMessageTask = {
  name: 'directory.send_slack_message',
  payload: SlackAlarm,
  retries: { limit: 5, delaySeconds: 5, backoff: true, maxDelaySeconds: 60 },
  batchSize: 10,
  concurrency: 1,
  timeoutSeconds: 30,
} satisfies TaskOptions;

export const RejectionEmailPayload = Type.Object({ fileName: Type.String() });

/** Three attempts, about one and two minutes apart (5.2). */
export const sendRejectionEmailTask = {
  name: 'directory.send_rejection_email',
  payload: RejectionEmailPayload,
  retries: { limit: 2, delaySeconds: 60, backoff: true },
  batchSize: 20,
  concurrency: 1,
  timeoutSeconds: 120,
} satisfies TaskOptions;

/** A report must not be lost, so its handlers go on trying for a day. */
const handlerAttempts = { limit: 500, delaySeconds: 1, backoff: true, maxDelaySeconds: 180 };

export const handleDeadChangeEventTask = {
  name: 'directory.handle_dead_change_event',
  payload: DeadLetter,
  retries: handlerAttempts,
  batchSize: 20,
  concurrency: 1,
  timeoutSeconds: 30,
} satisfies TaskOptions;

export const handleDeadUpdateRequestTask = {
  name: 'directory.handle_dead_update_request',
  payload: DeadLetter,
  retries: handlerAttempts,
  batchSize: 20,
  concurrency: 1,
  timeoutSeconds: 30,
} satisfies TaskOptions;
