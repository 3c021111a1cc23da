import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import {
  BULK_SEND_STATUSES,
  type BulkSend,
  BulkSendRefusal,
  type BulkSendStatus,
  type ContactList,
  type RefusalCode,
} from '../bulk-sends/bulk-sends.ts';
import { createBulkSends } from '../bulk-sends/create-bulk-sends.ts';
import type { NotifyContext } from '../context.ts';
import { countMessages, listMessages } from '../message-log/message-queries.ts';
import { NOTIFY_USER_ID } from '../notifications/notification.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import { findUser } from '../users/user-queries.ts';
import { createBulkSend, importContactList } from '../website-files/import-csv.ts';
import { csvKey } from '../website-files/website-buckets.ts';
import { type Field, noResult, readBody, readFields, refusal } from './fields.ts';
import { REPEATABLE, readMessageFilter } from './message-filter.ts';
import { presentForCsv, presentMessages } from './present-message.ts';
import { idOf, queryText } from './requests.ts';
import { serviceOf } from './service-routes.ts';

const BASE = '/service/:serviceId/job';
const LISTS = '/service/:serviceId/contact-list';

const NEW_LIST = {
  id: { kind: 'uuid', required: true },
  original_file_name: { kind: 'text', required: true },
  row_count: { kind: 'integer', required: true },
  template_type: { kind: 'text', required: true, oneOf: ['email', 'sms'] },
  created_by: { kind: 'uuid', required: true },
} as const satisfies Record<string, Field>;

/** Refusals whose words the website knows: the table of internals section 3.4.8. */
const ANSWERS: Partial<Record<RefusalCode, { status: number; message: string | Record<string, string[]> }>> =
  {
    'service-inactive': { status: 403, message: 'Create job is not allowed: service is inactive ' },
    'trial-mode-letters': {
      status: 403,
      message: 'Create letter job is not allowed for service in trial mode ',
    },
    'not-valid': { status: 400, message: "File is not valid, can't create job" },
    'template-deleted': { status: 400, message: { template: ['Template has been deleted'] } },
    'scheduled-in-past': { status: 400, message: { scheduled_for: ['Date cannot be in the past'] } },
    'scheduled-too-far': {
      status: 400,
      message: { scheduled_for: ['Date cannot be more than 7 days in the future'] },
    },
  };
const LETTER_REFUSALS: Partial<Record<RefusalCode, string>> = {
  'not-letters': 'Only letter jobs can be cancelled through this endpoint. This is not a letter job.',
  'still-processing': 'We are still processing these letters, please try again in 5 minutes.',
  'too-late': 'It’s too late to cancel sending, these letters have already been sent.',
};

/** Bulk sends, which the website calls jobs, and contact lists: internals section 3.4.8. */
export function jobRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const bulkSends = createBulkSends(ctx);
  const jobOf = async (request: FastifyRequest): Promise<BulkSend> => {
    const job = await bulkSends.find(idOf(request, 'serviceId'), idOf(request, 'jobId'));
    if (!job) throw noResult();
    return job;
  };
  return async (app) => {
    app.get(BASE, { schema: { summary: 'Bulk sends' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const query = readQuery(request.url);
      const statuses = queryText(query, 'statuses')?.split(',').filter(isStatus);
      const page = Math.max(1, wholeNumber(query, 'page') ?? 1);
      const limitDays = wholeNumber(query, 'limit_days');
      const contactListId = queryText(query, 'contact_list_id');
      const found = await bulkSends.list({
        serviceId: service.id,
        page,
        ...(statuses ? { statuses } : {}),
        ...(limitDays === undefined ? {} : { limitDays }),
        ...(contactListId === undefined ? {} : { contactListId }),
      });
      if (found.items.length === 0 && page > 1) throw noResult();
      return answerJson(reply, 200, {
        data: found.items.map(presentJob),
        page_size: found.pageSize,
        total: found.total,
        links: linksOf(`/service/${service.id}/job`, page, found.total / found.pageSize),
      });
    });
    app.get(
      `${BASE}/scheduled-job-stats`,
      { schema: { summary: 'What is still to come' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const { count, soonest } = await bulkSends.scheduled(service.id);
        const at = soonest === null ? null : soonest.toISOString().replace(/(\.\d+)?Z$/, '+00:00');
        return answerJson(reply, 200, { count, soonest_scheduled_for: at });
      },
    );
    app.post(BASE, { schema: { summary: 'Create a bulk send' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const fields = readFields(readBody(request), {
        id: { kind: 'uuid', required: true },
        created_by: { kind: 'uuid', required: true },
        scheduled_for: { kind: 'time', nullable: true },
        contact_list_id: { kind: 'uuid', nullable: true },
      });
      const job = await refusing(() =>
        createBulkSend(ctx, bulkSends, {
          serviceId: service.id,
          uploadId: fields.id,
          createdById: fields.created_by,
          correlationId: request.id,
          ...(fields.scheduled_for ? { scheduledFor: new Date(fields.scheduled_for) } : {}),
          ...(fields.contact_list_id ? { contactListId: fields.contact_list_id } : {}),
        }),
      );
      return answerJson(reply, 201, { data: presentJob(job) });
    });
    app.get(`${BASE}/:jobId`, { schema: { summary: 'One bulk send' } }, async (request, reply) =>
      answerJson(reply, 200, { data: presentJob(await jobOf(request)) }),
    );
    app.post(
      `${BASE}/:jobId/cancel`,
      { schema: { summary: 'Cancel a scheduled bulk send' } },
      async (request, reply) => {
        const cancelled = await bulkSends.cancel(idOf(request, 'serviceId'), idOf(request, 'jobId'));
        if (!cancelled) throw noResult();
        return answerJson(reply, 200, { data: presentJob(cancelled) });
      },
    );
    app.post(
      `${BASE}/:jobId/cancel-letter-job`,
      { schema: { summary: 'Cancel letters before they are printed' } },
      async (request, reply) => {
        try {
          const count = await bulkSends.cancelLetters(idOf(request, 'serviceId'), idOf(request, 'jobId'));
          return answerJson(reply, 200, count);
        } catch (error) {
          if (!(error instanceof BulkSendRefusal)) throw error;
          const message = LETTER_REFUSALS[error.code];
          if (message === undefined) throw refusal(error.status, error.message);
          return answerJson(reply, 400, { message });
        }
      },
    );
    app.get(
      `${BASE}/:jobId/notification_count`,
      { schema: { summary: 'Rows that are messages' } },
      async (request, reply) => {
        const job = await jobOf(request);
        return answerJson(reply, 200, { count: await bulkSends.countRows(job.serviceId, job.id) });
      },
    );
    app.get(
      `${BASE}/:jobId/notifications`,
      { schema: { summary: 'The messages of a bulk send' } },
      async (request, reply) => {
        const job = await jobOf(request);
        const values = readQuery(request.url, REPEATABLE);
        const { filter, page, pageSize, isForCsv } = readMessageFilter(
          values,
          job.serviceId,
          ctx.clock.now(),
        );
        const ofJob = { ...filter, withTestKeys: true, jobId: job.id, isByRow: true };
        const rows = await listMessages(ctx.db.kysely, ofJob);
        if (rows.length === 0 && page > 1) throw noResult();
        const total = await countMessages(ctx.db.kysely, ofJob);
        return answerJson(reply, 200, {
          notifications: isForCsv ? await presentForCsv(ctx, rows) : await presentMessages(ctx, rows),
          page_size: pageSize,
          total,
          links: linksOf(`/service/${job.serviceId}/job/${job.id}/notifications`, page, total / pageSize),
        });
      },
    );
    app.get(LISTS, { schema: { summary: 'Contact lists' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      return answerJson(reply, 200, (await bulkSends.listContactLists(service.id)).map(presentList));
    });
    app.post(LISTS, { schema: { summary: 'Keep a contact list' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const fields = readFields(readBody(request), NEW_LIST);
      const creator = await findUser(ctx.db.kysely, fields.created_by);
      if (!creator) throw noResult();
      const list = await refusing(async () => {
        const { id, original_file_name: fileName } = fields;
        await importContactList(ctx, bulkSends, { serviceId: service.id, id, fileName });
        return bulkSends.saveContactList({
          serviceId: service.id,
          uploadId: id,
          templateType: fields.template_type === 'email' ? 'email' : 'sms',
          createdById: creator.id,
        });
      });
      return answerJson(reply, 201, presentList(list));
    });
    app.get(`${LISTS}/:id`, { schema: { summary: 'One contact list' } }, async (request, reply) => {
      const list = await bulkSends.findContactList(idOf(request, 'serviceId'), idOf(request, 'id'));
      if (!list) throw noResult();
      return answerJson(reply, 200, presentList(list));
    });
    app.delete(`${LISTS}/:id`, { schema: { summary: 'Delete a contact list' } }, async (request, reply) => {
      const [serviceId, id] = [idOf(request, 'serviceId'), idOf(request, 'id')];
      if (!(await bulkSends.deleteContactList(serviceId, id))) throw noResult();
      await ctx.websiteBuckets.contactLists?.delete(csvKey(serviceId, id));
      return reply.code(204).send();
    });
  };
}

async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof BulkSendRefusal)) throw error;
    const answer = ANSWERS[error.code];
    throw refusal(answer?.status ?? error.status, answer?.message ?? error.message);
  }
}

function isStatus(text: string): text is BulkSendStatus {
  return BULK_SEND_STATUSES.some((status) => status === text);
}

function wholeNumber(query: Record<string, string | string[]>, name: string): number | undefined {
  const text = queryText(query, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,6}$/.test(text)) throw refusal(400, { [name]: [`${text} is not an integer`] });
  return Number(text);
}

function linksOf(path: string, page: number, filledPages: number) {
  const pages = Math.ceil(filledPages);
  const to = (number: number) => `${path}?page=${number}`;
  return {
    ...(page > 1 ? { prev: to(page - 1) } : {}),
    ...(page < pages ? { next: to(page + 1), last: to(pages) } : {}),
  };
}

function presentJob(job: BulkSend) {
  return {
    id: job.id,
    service: job.serviceId,
    service_name: { name: job.serviceName },
    template: job.templateId,
    template_name: job.templateName,
    template_type: job.templateType,
    template_version: job.templateVersion,
    original_file_name: job.originalFileName,
    notification_count: job.notificationCount,
    created_at: timestamp(job.createdAt),
    updated_at: timestamp(job.updatedAt),
    processing_started: timestamp(job.processingStarted),
    processing_finished: timestamp(job.processingFinished),
    scheduled_for: timestamp(job.scheduledFor),
    job_status: job.status,
    archived: job.isArchived,
    contact_list_id: job.contactListId,
    created_by: job.createdBy ?? { id: NOTIFY_USER_ID, name: 'Notify' },
    statistics: job.statistics,
  };
}

function presentList(list: ContactList) {
  return {
    id: list.id,
    original_file_name: list.originalFileName,
    row_count: list.rowCount,
    recent_job_count: list.recentJobCount,
    has_jobs: list.hasJobs,
    template_type: list.templateType,
    service_id: list.serviceId,
    created_by: list.createdByName,
    created_at: timestamp(list.createdAt),
  };
}
