import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { type AttachmentRow, listAttachments } from '../letter-attachments/attachment-queries.ts';
import { AttachmentRefusal, archiveAttachment, attachToTemplate } from '../letter-attachments/attachments.ts';
import { cleanText } from '../requests/personalisation-values.ts';
import { boundedText, type Check, type ObjectSchema, uuid, validate } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import { TemplateRefusal } from '../template-editing/edit-template.ts';
import { findUser, type UserRow } from '../users/user-queries.ts';
import { noResult, readBody, refusal } from './fields.ts';
import { presentAttachment } from './present-template.ts';
import { idOf } from './requests.ts';

const pageCount: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1_000 ? [] : ['is not of type integer'];
const NEW_ATTACHMENT: ObjectSchema = {
  properties: [
    ['upload_id', uuid],
    ['created_by_id', uuid],
    ['original_filename', boundedText(1_000)],
    ['page_count', pageCount],
    ['template_id', uuid],
  ],
  required: ['upload_id', 'created_by_id', 'original_filename', 'page_count', 'template_id'],
};
const ARCHIVAL: ObjectSchema = { properties: [['archived_by', uuid]], required: ['archived_by'] };

/** PDFs that are printed after a templated letter: internals section 3.4.7. */
export function letterAttachmentRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  const attachmentOf = async (request: FastifyRequest): Promise<AttachmentRow> => {
    const [found] = await listAttachments(kysely, [idOf(request, 'id')]);
    if (!found) throw noResult();
    return found;
  };
  const personOf = async (id: unknown): Promise<UserRow> => {
    const user = await findUser(kysely, readUuid(id) ?? '');
    if (!user) throw noResult();
    return user;
  };
  return async (app) => {
    app.post(
      '/letter-attachment',
      { schema: { summary: 'Attach a PDF to a letter template' } },
      async (request, reply) => {
        const body = validate(NEW_ATTACHMENT, readBody(request));
        const creator = await personOf(body.created_by_id);
        const attached = await refusing(() =>
          attachToTemplate(ctx, {
            id: readUuid(body.upload_id) ?? '',
            templateId: readUuid(body.template_id) ?? '',
            filename: cleanText(String(body.original_filename)),
            pageCount: Number(body.page_count),
            creator,
          }),
        );
        return answerJson(reply, 201, presentAttachment(attached));
      },
    );
    app.get('/letter-attachment/:id', { schema: { summary: 'One attachment' } }, async (request, reply) =>
      answerJson(reply, 200, presentAttachment(await attachmentOf(request))),
    );
    app.post(
      '/letter-attachment/:id/archive',
      { schema: { summary: 'Take an attachment off its template' } },
      async (request, reply) => {
        const body = validate(ARCHIVAL, readBody(request));
        const attachment = await attachmentOf(request);
        const person = await personOf(body.archived_by);
        await refusing(() => archiveAttachment(ctx, attachment, person));
        return reply.code(204).send();
      },
    );
  };
}

async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof TemplateRefusal) throw refusal(error.status, error.answer);
    if (!(error instanceof AttachmentRefusal)) throw error;
    throw refusal(error.status, error.message);
  }
}
