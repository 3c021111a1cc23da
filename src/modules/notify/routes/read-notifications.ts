import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { callerOf } from '../auth/caller.ts';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { BadRequestError, NotFoundError, PdfNotReadyError } from '../errors.ts';
import { readLetterPdf } from '../letter-production/letter-files.ts';
import { expandStatusFilter } from '../notifications/notification.ts';
import {
  findNotification,
  listNotifications,
  type NotificationRow,
} from '../notifications/notification-queries.ts';
import { presentNotification } from '../notifications/present-notification.ts';
import { readQuery, writeQuery } from '../requests/query.ts';
import { validate } from '../requests/schema.ts';
import { LIST_QUERY, LIST_REPEATABLE, NOTIFICATION_PATH } from '../requests/send-requests.ts';
import { keyOf } from '../services/templates.ts';
import { ANSWERS } from './answer-schemas.ts';
import { answerJson, baseUrlOf } from './answers.ts';
import { documented, NotificationPath, NotificationsQuery } from './api-schemas.ts';

const PAGE_SIZE = 250;
/** A message may have two million bytes; a page of nothing else would take the memory that all other requests need. */
const PAGE_BYTES = 16 * 1024 * 1024;

/** GET /v2/notifications, one of them, and a letter's PDF: public section 3.9. */
export function readNotifications(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.get('/v2/notifications', {
      ...documented({
        summary: 'A page of notifications',
        tags: ['notifications'],
        querystring: NotificationsQuery,
        response: ANSWERS.listNotifications,
      }),
      handler: async (request, reply) => {
        const baseUrl = baseUrlOf(request, app, ctx.config.apiHostName);
        const query = readQuery(request.url, LIST_REPEATABLE);
        validate(LIST_QUERY, query);
        const notifications = await present(ctx, await findPage(ctx, request, query), baseUrl);
        const current = `${baseUrl}/v2/notifications`;
        const last = notifications.at(-1);
        return answerJson(reply, 200, {
          notifications,
          links: {
            current: current + writeQuery(query),
            ...(last ? { next: current + writeQuery({ ...query, older_than: last.id }) } : {}),
          },
        });
      },
    });

    app.get<{ Params: { id: string } }>('/v2/notifications/:id', {
      ...documented({
        summary: 'One notification',
        tags: ['notifications'],
        params: NotificationPath,
        response: ANSWERS.readNotification,
      }),
      handler: async (request, reply) => {
        const row = await findOne(ctx, request, request.params.id);
        const [shown] = await present(ctx, [row], baseUrlOf(request, app, ctx.config.apiHostName));
        return answerJson(reply, 200, shown);
      },
    });

    app.get<{ Params: { id: string } }>('/v2/notifications/:id/pdf', {
      ...documented({
        summary: 'The PDF of a letter',
        tags: ['notifications'],
        params: NotificationPath,
        response: ANSWERS.readPdf,
      }),
      handler: async (request, reply) => {
        const row = await findOne(ctx, request, request.params.id);
        if (row.notification_type !== 'letter') throw new BadRequestError('Notification is not a letter');
        if (row.notification_status === 'virus-scan-failed') {
          throw new BadRequestError('File did not pass the virus scan');
        }
        if (row.notification_status === 'technical-failure') {
          throw new BadRequestError('PDF not available for letters in status technical-failure');
        }
        const pdf =
          row.notification_status === 'pending-virus-check' ? undefined : await readLetterPdf(ctx, row);
        if (!pdf) throw new PdfNotReadyError();
        return reply.code(200).header('content-type', 'application/pdf').send(pdf);
      },
    });
  };
}

async function findOne(ctx: NotifyContext, request: FastifyRequest, id: string): Promise<NotificationRow> {
  const { service, apiKey } = callerOf(request);
  validate(NOTIFICATION_PATH, { notification_id: id });
  const row = await findNotification(ctx.db.kysely, service.id, readUuid(id) ?? '');
  if (!row) throw new NotFoundError();
  if (row.key_type !== apiKey.type) {
    ctx.log.warn(
      { serviceId: service.id, notificationId: row.id, keyType: apiKey.type, sentWith: row.key_type },
      'notification read with a key of another type',
    );
  }
  return row;
}

type Query = Record<string, string | string[]>;

async function findPage(
  ctx: NotifyContext,
  request: FastifyRequest,
  query: Query,
): Promise<NotificationRow[]> {
  const { service, apiKey } = callerOf(request);
  const { status, template_type: types, reference, older_than: olderThan } = query;
  // No stored text holds U+0000, so nothing can be equal to one that does.
  if (typeof reference === 'string' && reference.includes('\u0000')) return [];
  return listNotifications(ctx.db.kysely, {
    serviceId: service.id,
    keyType: apiKey.type,
    statuses: Array.isArray(status) ? expandStatusFilter(status) : undefined,
    types: Array.isArray(types) ? types : undefined,
    reference: typeof reference === 'string' ? reference : undefined,
    olderThan: readUuid(olderThan),
    withJobs: query.include_jobs !== undefined,
    limit: PAGE_SIZE,
    maxBytes: PAGE_BYTES,
  });
}

/** The first rows, or all, of what a page has room for: clients go on from its last message until a page is empty. */
async function present(ctx: NotifyContext, rows: NotificationRow[], baseUrl: string) {
  const [templates, rates] = await Promise.all([ctx.templates.versionsOf(rows), ctx.rates.get('all')]);
  const shown: ReturnType<typeof presentNotification>[] = [];
  let characters = 0;
  for (const row of rows) {
    const template = templates.get(keyOf(row));
    if (!template) throw new Error(`Notification ${row.id} points at a template version that is not there`);
    const notification = presentNotification(ctx, row, { template, rates, baseUrl });
    characters += notification.body.length;
    if (shown.length > 0 && characters > PAGE_BYTES) break;
    shown.push(notification);
  }
  return shown;
}
