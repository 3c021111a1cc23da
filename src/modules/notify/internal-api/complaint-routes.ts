import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { addDays, londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import {
  countReturned,
  listReturned,
  type ReturnedLetterRow,
  summariseReturned,
} from '../message-log/returned-letter-queries.ts';
import { midnightOf } from '../message-log/statistics.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import type { UnsubscribeLine } from '../unsubscribes/unsubscribe-report-queries.ts';
import {
  createReport,
  downloadReport,
  listReports,
  processReport,
  type UnsubscribeReport,
  unsubscribeStatistics,
} from '../unsubscribes/unsubscribe-reports.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { idOf, queryText } from './requests.ts';
import { serviceOf } from './service-routes.ts';
import { httpDate, londonTime, plainTimestamp } from './times.ts';

const WEEK_DAYS = 7;

/** Letters that came back, and people who want no more email: internals section 3.4.18. */
export function complaintRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    registerReturnedLetters(app, ctx);
    registerUnsubscribes(app, ctx);
  };
}

function registerReturnedLetters(app: FastifyInstance, ctx: NotifyContext): void {
  const { kysely } = ctx.db;
  app.get(
    '/service/:serviceId/returned-letter-statistics',
    { schema: { summary: 'How many letters came back' } },
    async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const since = londonMidnight(addDays(londonDay(ctx.clock.now()), -WEEK_DAYS));
      const { count, newest } = await countReturned(kysely, service.id, since);
      return answerJson(reply, 200, {
        returned_letter_count: count,
        most_recent_report: plainTimestamp(newest),
      });
    },
  );
  app.get(
    '/service/:serviceId/returned-letter-summary',
    { schema: { summary: 'Returned letters by day' } },
    async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      return answerJson(reply, 200, await summariseReturned(kysely, service.id));
    },
  );
  app.get(
    '/service/:serviceId/returned-letters',
    { schema: { summary: 'The letters of one report' } },
    async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const day = queryText(readQuery(request.url), 'reported_at');
      if (day === undefined || !midnightOf(day)) {
        throw refusal(400, 'Input must be a date in the format: YYYY-MM-DD');
      }
      const letters = await listReturned(kysely, service.id, day);
      const found = letters.filter(({ created_at: createdAt }) => createdAt !== null);
      return answerJson(reply, 200, {
        returned_letters: found.map(presentReturned),
        orphaned_count: letters.length - found.length,
      });
    },
  );
}

function presentReturned(letter: ReturnedLetterRow) {
  const isUploaded = letter.is_precompiled && letter.api_key_id === null;
  return {
    notification_id: letter.notification_id,
    client_reference: letter.api_key_id === null && !isUploaded ? null : letter.client_reference,
    reported_at: letter.reported_at,
    created_at: plainTimestamp(letter.created_at),
    template_name: letter.is_precompiled ? null : letter.template_name,
    template_id: letter.is_precompiled ? null : letter.template_id,
    template_version: letter.is_precompiled ? null : letter.template_version,
    user_name: letter.user_name ?? 'API',
    email_address: letter.email_address ?? 'API',
    original_file_name: letter.original_file_name,
    job_row_number: letter.job_row_number === null ? null : letter.job_row_number + 2,
    uploaded_letter_file_name: isUploaded ? letter.client_reference : null,
  };
}

function registerUnsubscribes(app: FastifyInstance, ctx: NotifyContext): void {
  app.get(
    '/service/:serviceId/unsubscribe-request-reports-summary',
    { schema: { summary: 'Requests to unsubscribe, in batches' } },
    async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      return answerJson(reply, 200, (await listReports(ctx, service.id)).map(presentReport));
    },
  );
  app.get(
    '/service/:serviceId/unsubscribe-request-statistics',
    { schema: { summary: 'How many want to unsubscribe' } },
    async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const { count, latest } = await unsubscribeStatistics(ctx, service.id);
      if (count === 0) return answerJson(reply, 200, {});
      return answerJson(reply, 200, {
        unsubscribe_requests_count: count,
        datetime_of_latest_unsubscribe_request: httpDate(latest),
      });
    },
  );
  app.post(
    '/service/:serviceId/create-unsubscribe-request-report',
    { schema: { summary: 'Batch requests to unsubscribe' } },
    async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const fields = readFields(readBody(request), {
        count: { kind: 'integer', required: true },
        earliest_timestamp: { kind: 'time', required: true },
        latest_timestamp: { kind: 'time', required: true },
      });
      const { id } = await createReport(ctx, {
        serviceId: service.id,
        earliest: new Date(fields.earliest_timestamp),
        latest: new Date(fields.latest_timestamp),
      });
      return answerJson(reply, 201, { report_id: id });
    },
  );
  app.post(
    '/service/:serviceId/process-unsubscribe-request-report/:id',
    { schema: { summary: 'Mark a batch as dealt with' } },
    async (request, reply) => {
      const [serviceId, id] = [idOf(request, 'serviceId'), idOf(request, 'id')];
      const { report_has_been_processed: isProcessed } = readFields(readBody(request), {
        report_has_been_processed: { kind: 'boolean', required: true },
      });
      if (!(await processReport(ctx, { serviceId, id, isProcessed }))) throw noResult();
      return reply.code(204).send();
    },
  );
  app.get(
    '/service/:serviceId/unsubscribe-request-report/:id',
    { schema: { summary: 'The addresses of a batch' } },
    async (request, reply) => {
      const found = await downloadReport(ctx, idOf(request, 'serviceId'), idOf(request, 'id'));
      if (!found) throw noResult();
      const { report, lines } = found;
      return answerJson(reply, 200, {
        batch_id: report.batchId,
        earliest_timestamp: httpDate(report.earliest),
        latest_timestamp: httpDate(report.latest),
        unsubscribe_requests: lines.map((line) => presentLine(line)),
      });
    },
  );
}

function presentReport(report: UnsubscribeReport) {
  return {
    batch_id: report.batchId,
    count: report.count,
    created_at: timestamp(report.createdAt),
    earliest_timestamp: timestamp(report.earliest),
    latest_timestamp: timestamp(report.latest),
    processed_by_service_at: timestamp(report.processedAt),
    is_a_batched_report: report.batchId !== null,
    will_be_archived_at: timestamp(report.archivedAt),
    service_id: report.serviceId,
  };
}

function presentLine(line: UnsubscribeLine) {
  return {
    email_address: line.email_address,
    template_name: line.template_name,
    original_file_name: line.original_file_name ?? 'N/A',
    template_sent_at: line.template_sent_at === null ? null : londonTime(line.template_sent_at),
    unsubscribe_request_received_at: londonTime(line.unsubscribe_request_received_at),
  };
}
