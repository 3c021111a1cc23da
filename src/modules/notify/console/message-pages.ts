import type { FastifyInstance } from 'fastify';
import { type PageTools, pageLinks } from '#platform/console';
import { HttpError } from '#platform/http';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { openPersonalisation } from '../delivery/sms-out.ts';
import { displayStatus } from '../internal-api/present-message.ts';
import { findMessage, listMessages, type MessageRow } from '../message-log/message-queries.ts';
import { normaliseSearchTerm } from '../message-log/search-term.ts';
import { expandStatusFilter } from '../notifications/notification.ts';
import { keyOf } from '../services/templates.ts';
import { idIn, serviceIn, servicePath } from './access.ts';
import { allowPreview, previewOf } from './template-preview.ts';

const views = {
  list: new URL('./messages.njk', import.meta.url),
  message: new URL('./message.njk', import.meta.url),
};
const PAGE_SIZE = 50;
const TYPES = ['email', 'sms', 'letter'];
const STATUS_GROUPS: Record<string, readonly string[]> = {
  sending: ['created', 'pending', 'pending-virus-check', 'sending'],
  delivered: ['delivered', 'sent', 'returned-letter'],
  failed: ['failed'],
};

/** The log of a service's messages, and the course of one. Both show recipients, so viewers do not see them. */
export function registerMessagePages(app: FastifyInstance, page: PageTools, ctx: NotifyContext): void {
  const operators = { preHandler: page.requireRole('operator') };
  app.get('/services/:serviceId/messages', operators, async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const query = page.readQuery(request);
    const type = TYPES.find((one) => one === query.text('type'));
    const types = type === undefined ? undefined : [type];
    const group = STATUS_GROUPS[query.text('status')];
    const to = query.text('to').replaceAll('\u0000', '');
    const found = await listMessages(ctx.db.kysely, {
      serviceId: service.id,
      types,
      statuses: group && expandStatusFilter(group),
      jobId: readUuid(query.text('bulk')),
      templateId: readUuid(query.text('template')),
      search: to === '' ? undefined : { recipient: normaliseSearchTerm(to, types), reference: to },
      withTestKeys: query.text('test') === 'yes',
      withJobs: true,
      withOneOffs: true,
      olderThan: readUuid(query.text('after')),
      limit: PAGE_SIZE + 1,
    });
    const messages = found.slice(0, PAGE_SIZE);
    const templates = await ctx.templates.versionsOf(messages);
    const next = found.length > PAGE_SIZE ? messages.at(-1)?.id : undefined;
    return page.render(reply, views.list, {
      title: `Messages – ${service.name}`,
      service,
      query: query.values,
      isFiltered: Object.values(query.values).some((value) => value !== ''),
      messages: messages.map((message) => ({
        ...message,
        template_name: templates.get(keyOf(message))?.row.name ?? '',
        status_text: displayStatus(message),
      })),
      pages: pageLinks(servicePath(service, '/messages'), query, next),
    });
  });

  app.get('/services/:serviceId/messages/:messageId', operators, async (request, reply) => {
    const service = await serviceIn(ctx, request);
    const message = await findMessage(ctx.db.kysely, service.id, idIn(request, 'messageId'));
    if (!message) throw new HttpError(404, 'not_found', 'The message is not there, or no longer');
    const template = (await ctx.templates.versionsOf([message])).get(keyOf(message));
    const shown = await ctx.services.get(service.id);
    const isHidden = message.redact_personalisation;
    const values = isHidden ? {} : openPersonalisation(ctx, message.personalisation);
    return page.render(allowPreview(reply), views.message, {
      title: `Message – ${service.name}`,
      service,
      message,
      statusText: displayStatus(message),
      isOpen: isOnTheWay(message),
      template: template?.row,
      isHidden,
      timeline: timelineOf(message),
      preview:
        template && shown && !template.isPrecompiled
          ? await previewOf(
              ctx,
              shown,
              {
                type: message.notification_type,
                subject: template.row.subject,
                content: template.row.content,
                contactBlock: message.reply_to_text,
                letter_welsh_subject: template.row.letter_welsh_subject,
                letter_welsh_content: template.row.letter_welsh_content,
              },
              values,
            )
          : undefined,
    });
  });
}

/** What the message's row says of its course; the register has every step. */
function timelineOf(message: MessageRow) {
  const sentBy = message.sent_by === null ? '' : ` to ${message.sent_by}`;
  return [
    { at: message.created_at, text: 'Accepted' },
    ...(message.sent_at ? [{ at: message.sent_at, text: `Handed over${sentBy}` }] : []),
    ...(!isOnTheWay(message) && message.updated_at
      ? [{ at: message.updated_at, text: displayStatus(message) }]
      : []),
  ];
}

function isOnTheWay(message: MessageRow): boolean {
  return ['created', 'sending', 'pending', 'pending-virus-check'].includes(message.notification_status);
}
