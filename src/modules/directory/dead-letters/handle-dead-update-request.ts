import type { Job, TaskRun } from '#platform/jobs';
import { parseJson } from '../change-events/lossless-json.ts';
import type { DirectoryContext } from '../context.ts';
import { directoryEvent } from '../events.ts';
import { METRIC_KEY } from '../reports/contract-log.ts';
import { messageReceived } from '../tasks/ingest-events.ts';
import { factsOfJob } from '../tasks/job-facts.ts';
import type { DeadLetter } from './dead-letter.ts';
import { findDeadMessage } from './find-dead-message.ts';

/** The update DLQ handler (6.13): reports an update that sync gave up on, with its correlation id and reason (D-08). */
export async function handleDeadUpdateRequest(
  ctx: DirectoryContext,
  job: Job<DeadLetter>,
  run: TaskRun,
): Promise<void> {
  const message = await findDeadMessage(ctx, job.payload);
  const correlationId = message.correlationId ?? job.correlationId;
  const facts = { ...factsOfJob(job, message.odsCode), correlationId };
  const report = directoryEvent(
    'report.raised',
    facts,
    'DoS DB Update DLQ Handler hit',
    {
      level: 'WARNING',
      report_key: 'DOS_DB_UPDATE_DLQ_HANDLER_RECEIVED_EVENT',
      error_msg: `Message Abandoned: ${job.payload.errorMessage ?? 'None'}`,
      error_msg_http_code: job.payload.errorStatus,
      change_payload: {
        change_event: message.eventText === null ? null : parseJson(message.eventText),
        service_id: message.serviceId,
      },
      dynamo_record_id: message.recordId,
      message_received: messageReceived(message.receivedMs),
      ods_code: message.odsCode,
      environment: ctx.config.environment,
      [METRIC_KEY]: 'DoSDBUpdateDLQHandlerReceivedEvent',
    },
    message.serviceId === null ? [] : [message.serviceId],
  );
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await ctx.events.append(trx, [report]);
    await run.complete(trx, [job.id]);
  });
  ctx.metrics.reports.inc({ report_key: 'DOS_DB_UPDATE_DLQ_HANDLER_RECEIVED_EVENT' });
  ctx.contractLog.print('dos-db-update-dlq-handler', [report]);
}
