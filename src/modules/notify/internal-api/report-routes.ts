import type { FastifyPluginAsync } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { findMessage } from '../message-log/message-queries.ts';
import { findReportRequest, type ReportRequestRow } from '../message-reports/report-request-queries.ts';
import { type ReportWish, requestReport } from '../message-reports/report-requests.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { cancelLetter } from '../printing/operate-letters.ts';
import { type Check, oneOf, uuid, validate } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import { NOTIFICATION_TYPES } from '../services/service.ts';
import { findUser } from '../users/user-queries.ts';
import { noResult, readBody, refusal } from './fields.ts';
import { presentMessages } from './present-message.ts';
import { idOf } from './requests.ts';
import { serviceOf } from './service-routes.ts';

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? [] : check(value);
const WISH = {
  properties: [
    ['user_id', uuid],
    ['report_type', oneOf(['notifications_report'])],
    ['notification_type', orNull(oneOf(NOTIFICATION_TYPES))],
    ['notification_status', orNull(oneOf(['all', 'sending', 'delivered', 'failed']))],
  ],
  required: ['user_id', 'report_type'],
} as const;

/** Reports as files, and letters that are not to be printed: internals section 3.4.9. */
export function reportRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.post(
      '/service/:serviceId/report-request',
      { schema: { summary: 'Ask for a report' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const body = validate(WISH, readBody(request));
        const user = await findUser(ctx.db.kysely, readUuid(body.user_id) ?? '');
        if (!user) throw noResult();
        const wish: ReportWish = { serviceId: service.id, userId: user.id };
        // Checked above to be of the lists.
        if (body.notification_type) wish.notificationType = body.notification_type as 'email';
        if (body.notification_status) wish.notificationStatus = body.notification_status as 'all';
        const { request: made, isNew } = await requestReport(ctx, wish);
        return answerJson(reply, isNew ? 201 : 200, { data: present(made) });
      },
    );
    app.get(
      '/service/:serviceId/report-request/:id',
      { schema: { summary: 'How far a report is' } },
      async (request, reply) => {
        const found = await findReportRequest(ctx.db.kysely, idOf(request, 'id'), idOf(request, 'serviceId'));
        if (!found || found.status === 'deleted') throw noResult();
        return answerJson(reply, 200, { data: present(found) });
      },
    );
    app.post(
      '/service/:serviceId/notifications/:id/cancel',
      { schema: { summary: 'Cancel a letter' } },
      async (request, reply) => {
        const [serviceId, id] = [idOf(request, 'serviceId'), idOf(request, 'id')];
        const outcome = await cancelLetter(ctx, serviceId, id);
        if (outcome.kind === 'refused') throw refusal(400, outcome.message);
        const row = await findMessage(ctx.db.kysely, serviceId, id);
        if (outcome.kind === 'not-found' || !row) throw refusal(404, 'Notification not found');
        const [shown] = await presentMessages(ctx, [row]);
        return answerJson(reply, 200, shown);
      },
    );
  };
}

function present(request: ReportRequestRow) {
  return {
    ...request,
    created_at: timestamp(request.created_at),
    updated_at: timestamp(request.updated_at),
  };
}
