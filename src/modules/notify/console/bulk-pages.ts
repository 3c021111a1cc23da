import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type FieldError, type FormFields, type PageTools, uploadedFile } from '#platform/console';
import { HttpError } from '#platform/http';
import { readUuid } from '../auth/uuid-text.ts';
import { type BulkSend, BulkSendRefusal, type UploadChoice } from '../bulk-sends/bulk-sends.ts';
import { createBulkSends } from '../bulk-sends/create-bulk-sends.ts';
import type { NotifyContext } from '../context.ts';
import { displayStatus } from '../internal-api/present-message.ts';
import type { Status } from '../notifications/notification.ts';
import { readLocalTime } from '../receipts/london-time.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import { findEditable, listEditable } from '../template-editing/template-edit-queries.ts';
import { audit, idIn, serviceIn, servicePath, userOfActor } from './access.ts';

const views = {
  list: new URL('./bulk-sends.njk', import.meta.url),
  check: new URL('./bulk-check.njk', import.meta.url),
  send: new URL('./bulk-send.njk', import.meta.url),
};

/** One template for a file of recipients: uploaded, checked row by row, sent now or later, and followed. */
export function registerBulkPages(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  const bulkSends = createBulkSends(ctx);
  const list = async (
    reply: FastifyReply,
    service: ServiceRecord,
    form: FormFields,
    errors: FieldError[] = [],
  ) => {
    const number = /^\d{1,6}$/.test(form.text('page')) ? Math.max(1, Number(form.text('page'))) : 1;
    const found = await bulkSends.list({ serviceId: service.id, page: number });
    const base = servicePath(service, '/bulk-sends');
    const data = {
      title: `Bulk sends – ${service.name}`,
      service,
      templates: await listEditable(ctx.db.kysely, service.id),
      chosen: form.text('template'),
      sends: found.items,
      pages: {
        ...(number > 1 ? { first: base } : {}),
        ...(number * found.pageSize < found.total ? { next: `${base}?page=${number + 1}` } : {}),
      },
    };
    return errors.length > 0
      ? page.renderInvalid(reply, views.list, data, errors)
      : page.render(reply, views.list, data);
  };
  app.get('/services/:serviceId/bulk-sends', async (request, reply) =>
    list(reply, await serviceIn(ctx, request), page.readQuery(request)),
  );

  app.post(
    '/services/:serviceId/bulk-sends',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const form = page.readForm(request);
      const file = uploadedFile(request);
      const templateId = readUuid(form.text('template'));
      const errors = [
        ...(templateId === undefined ? [{ field: 'template', message: 'Choose a template' }] : []),
        ...(file ? [] : [{ field: 'file', message: 'Choose a file' }]),
      ];
      if (!file || templateId === undefined) return list(reply, service, form, errors);
      try {
        const upload = await bulkSends.upload({
          serviceId: service.id,
          fileName: file.name,
          content: new Uint8Array(await file.arrayBuffer()),
        });
        const query = new URLSearchParams({ template: templateId });
        return page.redirect(reply, servicePath(service, `/bulk-sends/check/${upload.id}?${query}`));
      } catch (error) {
        if (!(error instanceof BulkSendRefusal)) throw error;
        return list(reply, service, form, [{ field: 'file', message: error.message }]);
      }
    },
  );

  const check = async (
    reply: FastifyReply,
    service: ServiceRecord,
    choice: UploadChoice,
    form: FormFields,
    errors: FieldError[] = [],
  ) => {
    const upload = await bulkSends.findUpload(service.id, choice.uploadId);
    const template = await findEditable(ctx.db.kysely, service.id, choice.templateId);
    const shown = await ctx.services.get(service.id);
    if (!upload || !template || !shown) throw new HttpError(404, 'not_found', 'The file is no longer there');
    const data = {
      title: `Check ${upload.fileName} – ${service.name}`,
      service,
      upload,
      template,
      senders:
        template.template_type === 'sms'
          ? shown.smsSenders
          : template.template_type === 'email'
            ? shown.emailReplyTos
            : [],
      sender: choice.senderId,
      result: await bulkSends.check(choice),
      form: form.values,
    };
    return errors.length > 0
      ? page.renderInvalid(reply, views.check, data, errors)
      : page.render(reply, views.check, data);
  };
  app.get('/services/:serviceId/bulk-sends/check/:uploadId', async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const query = page.readQuery(request);
    return check(reply, service, choiceOf(service, idIn(request, 'uploadId'), query), query);
  });

  app.post(
    '/services/:serviceId/bulk-sends/check/:uploadId',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const form = page.readForm(request);
      const choice = choiceOf(service, idIn(request, 'uploadId'), form);
      const later = form.text('when') === 'later' ? readLocalTime(form.text('at'), 'London') : undefined;
      if (form.text('when') === 'later' && !later) {
        return check(reply, service, choice, form, [
          { field: 'at', message: 'Enter a time such as 2026-08-04 14:30' },
        ]);
      }
      const actor = page.actor(request);
      try {
        const send = await bulkSends.create({
          ...choice,
          createdById: (await userOfActor(ctx, actor)).id,
          correlationId: request.id,
          ...(later ? { scheduledFor: later } : {}),
        });
        await audit(ctx, actor, {
          action: 'notify_bulk_send.created',
          target: `notify_bulk_send:${send.id}`,
        });
        const done = later ? 'The messages are scheduled' : 'The messages are on their way';
        return page.redirect(reply, servicePath(service, `/bulk-sends/${send.id}`), done);
      } catch (error) {
        if (!(error instanceof BulkSendRefusal)) throw error;
        return check(reply, service, choice, form, [{ field: later ? 'at' : '', message: error.message }]);
      }
    },
  );

  app.get('/services/:serviceId/bulk-sends/:sendId', async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const send = await bulkSends.find(service.id, idIn(request, 'sendId'));
    if (!send) throw new HttpError(404, 'not_found', 'There is no bulk send with this id');
    const failed = send.statistics.filter(({ status }) => FAILED.has(status));
    return page.render(reply, views.send, {
      title: `${send.originalFileName} – ${service.name}`,
      service,
      send: {
        ...send,
        statistics: send.statistics.map((one) => ({ ...one, text: wordsFor(send, one.status) })),
      },
      rows: await bulkSends.countRows(service.id, send.id),
      failed: failed.reduce((sum, { count }) => sum + count, 0),
      isOpen: ['pending', 'in progress'].includes(send.status) || send.statistics.some(isOnTheWay),
    });
  });

  app.get(
    '/services/:serviceId/bulk-sends/:sendId/report.csv',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const service = await serviceIn(ctx, request);
      const send = await bulkSends.find(service.id, idIn(request, 'sendId'));
      if (!send) throw new HttpError(404, 'not_found', 'There is no bulk send with this id');
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${send.id}.csv"`)
        .send(Readable.from(bulkSends.report(service.id, send.id)));
    },
  );

  for (const action of ['cancel', 'cancel-letters', 'resend-failed'] as const) {
    app.post(
      `/services/:serviceId/bulk-sends/:sendId/${action}`,
      { preHandler: page.requireRole('operator') },
      async (request, reply) => {
        const service = await serviceIn(ctx, request);
        const id = idIn(request, 'sendId');
        const actor = page.actor(request);
        const back = servicePath(service, `/bulk-sends/${id}`);
        try {
          const done = await act(action, service, id, (await userOfActor(ctx, actor)).id, request.id);
          const target = `notify_bulk_send:${id}`;
          await audit(ctx, actor, { action: `notify_bulk_send.${action.replace('-', '_')}`, target });
          return page.redirect(reply, servicePath(service, `/bulk-sends/${done.id}`), done.message);
        } catch (error) {
          if (!(error instanceof BulkSendRefusal)) throw error;
          return page.redirect(reply, back, { kind: 'notice', text: error.message });
        }
      },
    );
  }

  async function act(
    action: 'cancel' | 'cancel-letters' | 'resend-failed',
    service: ServiceRecord,
    id: string,
    createdById: string,
    correlationId: string,
  ): Promise<{ id: string; message: string }> {
    if (action === 'resend-failed') {
      const again = await bulkSends.resendFailed({ serviceId: service.id, id, createdById, correlationId });
      return { id: again.id, message: 'What failed is sent again' };
    }
    if (action === 'cancel-letters') {
      const count = await bulkSends.cancelLetters(service.id, id);
      return { id, message: `${count.toLocaleString('en-GB')} letters are cancelled` };
    }
    const cancelled = await bulkSends.cancel(service.id, id);
    return { id, message: cancelled ? 'The messages are cancelled' : 'It is too late to cancel' };
  }
}

function wordsFor({ templateType }: BulkSend, status: string): string {
  // Statuses of rows, counted: the database lets no other text in.
  return displayStatus({ notification_type: templateType, notification_status: status as Status });
}

function isOnTheWay({ status }: { status: string }): boolean {
  return ['created', 'sending', 'pending', 'pending-virus-check'].includes(status);
}

const FAILED: ReadonlySet<string> = new Set([
  'technical-failure',
  'temporary-failure',
  'permanent-failure',
  'validation-failed',
]);

function choiceOf(service: ServiceRecord, uploadId: string, fields: FormFields): UploadChoice {
  const templateId = readUuid(fields.text('template'));
  if (templateId === undefined) throw new HttpError(404, 'not_found', 'Choose a template first');
  const senderId = readUuid(fields.text('sender'));
  return { serviceId: service.id, uploadId, templateId, ...(senderId === undefined ? {} : { senderId }) };
}
