import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { cleanText } from '../requests/personalisation-values.ts';
import { boundedText, type Check, type ObjectSchema, uuid, validate } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import { findEditable } from '../template-editing/template-edit-queries.ts';
import { changeLiveFile, FileRefusal, fetchTemplateFile } from '../template-files/live-files.ts';
import {
  findTemplateFile,
  listTemplateFiles,
  type TemplateFileRow,
} from '../template-files/template-file-queries.ts';
import { addTemplateFile } from '../template-files/template-files.ts';
import { findUser } from '../users/user-queries.ts';
import { noResult, readBody, refusal } from './fields.ts';
import { idOf } from './requests.ts';

const MOST_WEEKS = 78;
const filename: Check = (value) => (value === '' ? ["'' should be non-empty"] : boundedText(255)(value));
const textOrNull: Check = (value) => (value === null ? [] : boundedText(1_000)(value));
const boolean: Check = (value) => (typeof value === 'boolean' ? [] : ['is not of type boolean']);
const weeks: Check = (value) => {
  if (!Number.isInteger(value)) return ['is not of type integer'];
  if (Number(value) < 1) return [`${value} is less than the minimum of 1`];
  return Number(value) > MOST_WEEKS ? [`${value} is greater than the maximum of ${MOST_WEEKS}`] : [];
};

const SETTINGS = [
  ['filename', filename],
  ['link_text', textOrNull],
  ['retention_period', weeks],
  ['validate_users_email', boolean],
] as const;
const NEW_FILE: ObjectSchema = {
  properties: [['id', uuid], ...SETTINGS, ['created_by_id', uuid]],
  required: ['filename', 'created_by_id'],
  allowsOthers: true,
};
const FILE_CHANGE: ObjectSchema = {
  properties: [...SETTINGS, ['pending', boolean]],
  required: [],
  allowsOthers: true,
};
const ARCHIVAL: ObjectSchema = {
  properties: [['archived_by_id', uuid]],
  required: ['archived_by_id'],
  allowsOthers: true,
};

const BASE = '/service/:serviceId/templates/:templateId/template_email_files';

/** Files that an email template links to: internals section 3.4.7. */
export function templateFileRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  const templateOf = async (request: FastifyRequest) => {
    const template = await findEditable(kysely, idOf(request, 'serviceId'), idOf(request, 'templateId'));
    if (!template) throw noResult();
    return template;
  };
  const placeOf = (request: FastifyRequest) => ({
    serviceId: idOf(request, 'serviceId'),
    templateId: idOf(request, 'templateId'),
    id: idOf(request, 'id'),
  });
  return async (app) => {
    app.get(BASE, { schema: { summary: 'The files of a template' } }, async (request, reply) => {
      const { id } = await templateOf(request);
      const files = await listTemplateFiles(kysely, id, { pending: true });
      return answerJson(reply, 200, { data: files.map(present) });
    });
    app.post(BASE, { schema: { summary: 'Add a file to a template' } }, async (request, reply) => {
      const body = validate(NEW_FILE, readBody(request));
      const template = await templateOf(request);
      const creator = await findUser(kysely, readUuid(body.created_by_id) ?? '');
      if (!creator) throw noResult();
      const id = readUuid(body.id);
      if (id !== undefined) await fetchTemplateFile(ctx, template.service_id, id);
      const added = await addTemplateFile(ctx, {
        ...(id === undefined ? {} : { id }),
        serviceId: template.service_id,
        templateId: template.id,
        templateVersion: template.version,
        filename: cleanText(String(body.filename)),
        linkText: typeof body.link_text === 'string' ? cleanText(body.link_text) : null,
        retentionWeeks: Number(body.retention_period ?? 1),
        confirmsEmail: body.validate_users_email !== false,
        createdById: creator.id,
      });
      return answerJson(reply, 201, { data: present(added) });
    });
    app.get(`${BASE}/:id`, { schema: { summary: 'One file of a template' } }, async (request, reply) => {
      const template = await templateOf(request);
      const file = await findTemplateFile(kysely, template.id, idOf(request, 'id'));
      if (!file) throw noResult();
      return answerJson(reply, 200, { data: present(file) });
    });
    app.post(
      `${BASE}/:id`,
      { schema: { summary: 'Change a file of a template' } },
      async (request, reply) => {
        const body = validate(FILE_CHANGE, readBody(request));
        const {
          link_text: linkText,
          retention_period: period,
          validate_users_email: confirms,
          pending,
        } = body;
        const changed = await refusing(() =>
          changeLiveFile(ctx, placeOf(request), {
            ...(linkText === undefined
              ? {}
              : { link_text: linkText === null ? null : cleanText(String(linkText)) }),
            ...(period === undefined ? {} : { retention_period: Number(period) }),
            ...(confirms === undefined ? {} : { validate_users_email: confirms === true }),
            ...(pending === undefined ? {} : { pending: pending === true }),
          }),
        );
        if (!changed) throw noResult();
        return answerJson(reply, 200, { data: present(changed) });
      },
    );
    app.post(
      `${BASE}/:id/archive`,
      { schema: { summary: 'Archive a file of a template' } },
      async (request, reply) => {
        const body = validate(ARCHIVAL, readBody(request));
        const person = await findUser(kysely, readUuid(body.archived_by_id) ?? '');
        if (!person) throw noResult();
        const archived = await changeLiveFile(ctx, placeOf(request), { archived: { byId: person.id } });
        if (!archived) throw noResult();
        return answerJson(reply, 200, { data: present(archived) });
      },
    );
  };
}

async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof FileRefusal)) throw error;
    throw refusal(400, error.message);
  }
}

function present(file: TemplateFileRow) {
  return {
    ...file,
    archived_at: timestamp(file.archived_at),
    created_at: timestamp(file.created_at),
    updated_at: timestamp(file.updated_at),
  };
}
