import type { FastifyPluginAsync } from 'fastify';
import { callerOf } from '../auth/caller.ts';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { BadRequestError, NotFoundError } from '../errors.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { parseBody } from '../requests/json-body.ts';
import { cleanPersonalisation } from '../requests/personalisation-values.ts';
import { readQuery } from '../requests/query.ts';
import { isObject, validate } from '../requests/schema.ts';
import { PREVIEW, TEMPLATE_PATH, TEMPLATES_QUERY } from '../requests/send-requests.ts';
import { listTemplates } from '../services/template-queries.ts';
import { Template } from '../services/templates.ts';
import { ANSWERS } from './answer-schemas.ts';
import { answerJson } from './answers.ts';
import { documented, PreviewBody, TemplatePath, TemplatesQuery, TemplateVersionPath } from './api-schemas.ts';
import { bodyOf } from './send-notifications.ts';

const MAX_VERSION = 2_147_483_647;

/** GET /v2/template..., GET /v2/templates and the preview: public section 3.10. */
export function templateRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.get<{ Params: { id: string } }>('/v2/template/:id', {
      ...documented({
        summary: 'The newest version of a template',
        tags: ['templates'],
        params: TemplatePath,
        response: ANSWERS.readTemplate,
      }),
      handler: async (request, reply) => {
        const template = await findVisible(ctx, callerOf(request).service.id, request.params.id);
        return answerJson(reply, 200, presentTemplate(template));
      },
    });

    app.get<{ Params: { id: string; version: string } }>('/v2/template/:id/version/:version(^\\d+$)', {
      ...documented({
        summary: 'One version of a template',
        tags: ['templates'],
        params: TemplateVersionPath,
        response: ANSWERS.readTemplate,
      }),
      handler: async (request, reply) => {
        const { id, version } = request.params;
        const { service } = callerOf(request);
        const template = await findVisible(ctx, service.id, id, Number(version));
        return answerJson(reply, 200, presentTemplate(template));
      },
    });

    app.get('/v2/templates', {
      ...documented({
        summary: 'All templates',
        tags: ['templates'],
        querystring: TemplatesQuery,
        response: ANSWERS.listTemplates,
      }),
      handler: async (request, reply) => {
        const query = readQuery(request.url);
        validate(TEMPLATES_QUERY, query);
        const type = typeof query.type === 'string' ? query.type : undefined;
        const rows = await listTemplates(ctx.db.kysely, callerOf(request).service.id, type);
        return answerJson(reply, 200, { templates: rows.map((row) => presentTemplate(new Template(row))) });
      },
    });

    app.post<{ Params: { id: string } }>('/v2/template/:id/preview', {
      bodyLimit: 10 * 1024 * 1024,
      ...documented({
        summary: 'A template with its placeholders filled',
        tags: ['templates'],
        body: PreviewBody,
        params: TemplatePath,
        response: ANSWERS.previewTemplate,
      }),
      handler: async (request, reply) => {
        const body = bodyOf(request);
        const given = body.length === 0 ? {} : parseBody(body);
        const checked = validate(PREVIEW, isObject(given) ? { ...given, id: request.params.id } : given);
        const template = await findVisible(ctx, callerOf(request).service.id, request.params.id);
        const personalisation = cleanPersonalisation(checked.personalisation);
        const missing = template.missing(personalisation);
        if (missing.length > 0) throw new BadRequestError(`Missing personalisation: ${missing.join(', ')}`);
        const { row } = template;
        const { body: text, subject } = template.fill(personalisation);
        return answerJson(reply, 200, {
          id: row.id,
          type: row.template_type,
          version: row.version,
          body: text,
          html: template.html(personalisation),
          subject,
          postage: row.postage,
        });
      },
    });
  };
}

/** Archived templates are shown, hidden ones are not; version 0 is the newest. */
async function findVisible(
  ctx: NotifyContext,
  serviceId: string,
  id: string,
  version?: number,
): Promise<Template> {
  validate(TEMPLATE_PATH, { id });
  if (version !== undefined && version > MAX_VERSION) throw new NotFoundError('DataError');
  const templateId = readUuid(id) ?? '';
  const template = version
    ? await ctx.templates.version(serviceId, templateId, version)
    : await ctx.templates.latest(serviceId, templateId);
  if (!template || template.row.hidden) throw new NotFoundError();
  return template;
}

function presentTemplate(template: Template) {
  const { row } = template;
  return {
    id: row.id,
    type: row.template_type,
    created_at: timestamp(row.created_at),
    updated_at: timestamp(row.updated_at),
    created_by: row.created_by,
    version: row.version,
    body: row.content,
    subject: row.subject,
    name: row.name,
    personalisation: Object.fromEntries(template.placeholders().map((name) => [name, { required: true }])),
    postage: row.postage,
    letter_contact_block: row.letter_contact_block,
  };
}
