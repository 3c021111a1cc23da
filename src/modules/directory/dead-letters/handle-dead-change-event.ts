import type { Job, TaskRun } from '#platform/jobs';
import { changeEventId } from '../change-events/change-event-id.ts';
import { upsertChangeEvents } from '../change-events/change-event-queries.ts';
import { isJsonObject, parseJson } from '../change-events/lossless-json.ts';
import type { DirectoryContext } from '../context.ts';
import { type DirectoryEvent, directoryEvent, lineOnly } from '../events.ts';
import { METRIC_KEY } from '../reports/contract-log.ts';
import { messageReceived, timeToLive } from '../tasks/ingest-events.ts';
import { factsOfJob } from '../tasks/job-facts.ts';
import type { DeadLetter, DeadMessage } from './dead-letter.ts';
import { findDeadMessage } from './find-dead-message.ts';

/**
 * The change event DLQ handler (6.13): reports a change event that ingest or matching gave up on, and stores it so that it
 * can be replayed. Report, record and the end of the job are one transaction.
 */
export async function handleDeadChangeEvent(
  ctx: DirectoryContext,
  job: Job<DeadLetter>,
  run: TaskRun,
): Promise<void> {
  const message = await findDeadMessage(ctx, job.payload);
  const correlationId = message.correlationId ?? job.correlationId;
  const facts = { ...factsOfJob(job, message.odsCode), correlationId };
  const record = message.eventText === null ? null : parseJson(message.eventText);
  const recordId =
    message.recordId ?? (isJsonObject(record) ? changeEventId(record, message.sequenceNumber) : null);
  const report = directoryEvent(
    'report.raised',
    facts,
    'Change Event Dead Letter Queue Handler received event',
    {
      level: 'WARNING',
      report_key: 'CHANGE_EVENT_DLQ_HANDLER_RECEIVED_EVENT',
      error_msg: `Message Abandoned: ${job.payload.errorMessage ?? ''}`,
      error_msg_http_code: job.payload.errorStatus,
      payload: record,
      dynamo_record_id: recordId,
      message_received: messageReceived(message.receivedMs),
      environment: ctx.config.environment,
      [METRIC_KEY]: 'ChangeEventsDLQHandlerReceivedEvent',
    },
    recordId === null ? [] : [recordId],
  );
  await ctx.db.kysely.transaction().execute(async (trx) => {
    if (recordId !== null && message.eventText !== null && message.odsCode !== null) {
      await upsertChangeEvents(trx, [toStored(message, recordId, ctx.clock.now())]);
    }
    await ctx.events.append(trx, [report]);
    await run.complete(trx, [job.id]);
  });
  ctx.metrics.reports.inc({ report_key: 'CHANGE_EVENT_DLQ_HANDLER_RECEIVED_EVENT' });
  const redaction = (text: string): DirectoryEvent =>
    lineOnly('change_event.checked', facts, { level: 'INFO', message: text });
  ctx.contractLog.print('change-event-dlq-handler', [
    redaction("Checking if 'Staff' key needs removing from Change Event payload"),
    ...(message.hadStaff ? [redaction("Redacted 'Staff' key from Change Event payload")] : []),
    report,
  ]);
}

function toStored(message: DeadMessage, recordId: string, now: Date) {
  return {
    id: recordId,
    odsCode: message.odsCode ?? '',
    sequenceNumber: message.sequenceNumber,
    receivedMs: message.receivedMs ?? now.getTime(),
    ttl: timeToLive(now),
    event: message.eventText ?? '',
  };
}
