import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { addDays, londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { countByTemplate, findLastUse } from '../message-log/count-queries.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { cleanPersonalisation } from '../requests/personalisation-values.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import { findOrMakePrecompiledTemplate } from '../sending/precompiled-template.ts';
import {
  changeTemplate,
  createTemplate,
  type Editor,
  hidePersonalisation,
  type TemplateChanges,
  TemplateRefusal,
} from '../template-editing/edit-template.ts';
import {
  findEditable,
  findFormerVersion,
  listEditable,
  listFormerVersions,
} from '../template-editing/template-edit-queries.ts';
import { archiveFilesOf } from '../template-files/live-files.ts';
import { findUser } from '../users/user-queries.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { presentFormerVersion, presentTemplate, presentTemplateInList } from './present-template.ts';
import { idOf, queryText } from './requests.ts';
import { serviceOf } from './service-routes.ts';
import { checkNewTemplate, readWelsh, TEMPLATE_CHANGES } from './template-schema.ts';

const BASE = '/service/:serviceId/template';
const MAX_VERSION = 2_147_483_647;

/** Templates and their versions: internals section 3.4.6. */
export function templateRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  const templateOf = async (request: FastifyRequest) => {
    const found = await findEditable(kysely, idOf(request, 'serviceId'), idOf(request, 'templateId'));
    if (!found) throw noResult();
    return found;
  };
  const show = async (request: FastifyRequest) => {
    const template = await templateOf(request);
    return presentTemplate(ctx, template, await ctx.services.get(template.service_id));
  };

  return async (app) => {
    app.get(BASE, { schema: { summary: 'Templates' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const templates = await listEditable(kysely, service.id);
      const shown = await ctx.services.get(service.id);
      const isBrief = queryText(readQuery(request.url), 'detailed')?.toLowerCase() === 'false';
      const data = templates.map((template) =>
        isBrief ? presentTemplateInList(template) : presentTemplate(ctx, template, shown),
      );
      return answerJson(reply, 200, { data });
    });
    app.post(BASE, { schema: { summary: 'Create a template' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const { template, createdBy } = checkNewTemplate(readBody(request));
      const editor = await findUser(kysely, createdBy);
      if (!editor) throw noResult();
      const created = await refusing(() => createTemplate(ctx, service, template, editor));
      const data = presentTemplate(ctx, created, await ctx.services.get(service.id));
      return answerJson(reply, 201, { data });
    });
    app.get(
      `${BASE}/precompiled`,
      { schema: { summary: 'The template of uploaded letters' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const { id, version } = await findOrMakePrecompiledTemplate(ctx, service.id);
        const row = (await ctx.templates.version(service.id, id, version))?.row;
        if (!row) throw noResult();
        const shown = {
          ...row,
          letter_contact_id: null,
          created_by_id: null,
          created_by_name: null,
          folder_id: null,
          redact_personalisation: false,
          letter_attachment: null,
          email_files: [],
        };
        return answerJson(reply, 200, presentTemplate(ctx, shown, undefined));
      },
    );
    app.get(`${BASE}/:templateId`, { schema: { summary: 'One template' } }, async (request, reply) =>
      answerJson(reply, 200, { data: await show(request) }),
    );
    app.post(`${BASE}/:templateId`, { schema: { summary: 'Change a template' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const body = readBody(request);
      if (body.redact_personalisation === true) {
        const { id } = await templateOf(request);
        if (typeof body.created_by !== 'string') throw refusal(400, { created_by: ['Field is required'] });
        await hidePersonalisation(ctx, service.id, id);
        return answerJson(reply, 200, null);
      }
      const { changes, editor } = await readChanges(ctx, body);
      const id = idOf(request, 'templateId');
      const changed = await refusing(() => changeTemplate(ctx, service, id, changes, editor));
      if (!changed) throw noResult();
      const archivedIds = changed.archived
        ? changed.email_files.map((file) => file.id)
        : readFields(body, TEMPLATE_CHANGES).archive_email_file_ids;
      if (archivedIds) await archiveFilesOf(ctx, changed, archivedIds, editor?.id ?? null);
      return answerJson(reply, 200, { data: await show(request) });
    });
    app.get(
      `${BASE}/:templateId/preview`,
      { schema: { summary: 'A template with values' } },
      async (request, reply) => {
        const { id, service_id: serviceId } = await templateOf(request);
        const template = await ctx.templates.latest(serviceId, id);
        if (!template) throw noResult();
        const values = cleanPersonalisation(readQuery(request.url));
        const missing = template.missing(values);
        if (missing.length > 0)
          throw refusal(400, { template: [`Missing personalisation: ${missing.join(', ')}`] });
        const { body: content, subject } = template.fill(values);
        return answerJson(reply, 200, { data: { ...(await show(request)), content, subject } });
      },
    );
    app.get(
      `${BASE}/:templateId/versions`,
      { schema: { summary: 'Versions of a template' } },
      async (request, reply) => {
        const { id, service_id: serviceId } = await templateOf(request);
        const service = await ctx.services.get(serviceId);
        const versions = await listFormerVersions(kysely, serviceId, id);
        return answerJson(reply, 200, {
          data: versions.map((one) => presentFormerVersion(ctx, one, service)),
        });
      },
    );
    app.get(
      `${BASE}/:templateId/version/:version(^\\d+$)`,
      { schema: { summary: 'One version of a template' } },
      async (request, reply) => {
        const { version } = request.params as { version: string };
        if (Number(version) > MAX_VERSION) throw noResult();
        const serviceId = idOf(request, 'serviceId');
        const found = await findFormerVersion(
          kysely,
          serviceId,
          idOf(request, 'templateId'),
          Number(version),
        );
        if (!found) throw noResult();
        return answerJson(reply, 200, {
          data: presentFormerVersion(ctx, found, await ctx.services.get(serviceId)),
        });
      },
    );
    app.get(
      '/service/:serviceId/template-statistics',
      { schema: { summary: 'Use of templates' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const days = readWholeDays(readQuery(request.url));
        const today = londonDay(ctx.clock.now());
        const counts = await countByTemplate(kysely, {
          serviceId: service.id,
          since: londonMidnight(today),
          from: addDays(today, -days),
          before: today,
        });
        return answerJson(reply, 200, { data: counts });
      },
    );
    app.get(
      '/service/:serviceId/template-statistics/last-used/:templateId',
      { schema: { summary: 'Last use of a template' } },
      async (request, reply) => {
        const today = londonDay(ctx.clock.now());
        const use = await findLastUse(kysely, {
          serviceId: idOf(request, 'serviceId'),
          templateId: idOf(request, 'templateId'),
          since: londonMidnight(today),
          from: addDays(today, -365),
        });
        const last = use.today ?? (use.day === null ? null : londonMidnight(use.day));
        return answerJson(reply, 200, { last_date_used: timestamp(last) });
      },
    );
  };
}

async function readChanges(
  ctx: NotifyContext,
  body: Record<string, unknown>,
): Promise<{ changes: TemplateChanges; editor: Editor | undefined }> {
  const fields = readFields(body, TEMPLATE_CHANGES);
  const editor = fields.created_by ? await findUser(ctx.db.kysely, fields.created_by) : undefined;
  if (fields.reply_to !== undefined) return { changes: { letterContactId: fields.reply_to }, editor };
  const { name, content, subject, postage, archived } = fields;
  const welsh = readWelsh(body);
  const changes: TemplateChanges = {
    ...(name === undefined ? {} : { name }),
    ...(content === undefined ? {} : { content }),
    ...(subject === undefined ? {} : { subject }),
    ...(postage === undefined ? {} : { postage }),
    ...(archived === undefined ? {} : { archived }),
    ...(welsh === undefined ? {} : { welsh }),
    ...(fields.has_unsubscribe_link === undefined ? {} : { hasUnsubscribeLink: fields.has_unsubscribe_link }),
  };
  return { changes, editor };
}

/** Whole London days before today that count as well. */
function readWholeDays(query: Record<string, string | string[]>): number {
  const text = queryText(query, 'whole_days') ?? queryText(query, 'limit_days') ?? '7';
  if (!/^-?\d+$/.test(text)) throw refusal(400, { whole_days: [`${text} is not an integer`] });
  const days = Number(text);
  if (days < 0 || days > 7) throw refusal(400, { whole_days: ['whole_days must be between 0 and 7'] });
  return days;
}

export async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof TemplateRefusal)) throw error;
    throw refusal(error.status, error.answer);
  }
}
