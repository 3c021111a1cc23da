import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import { countByStatus } from '../bulk-sends/bulk-send-queries.ts';
import { addDays, londonDay, londonMidnight, londonTime } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { findMessages } from '../message-log/message-queries.ts';
import { midnightOf } from '../message-log/statistics.ts';
import { POSTAGES } from '../recipients/postal-address.ts';
import { cleanText } from '../requests/personalisation-values.ts';
import { readQuery } from '../requests/query.ts';
import { boundedText, type ObjectSchema, oneOf, uuid, validate } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import { sendUploadedLetter } from '../uploaded-letters/send-uploaded-letter.ts';
import {
  listUploadedLetters,
  listUploads,
  type UploadListRow,
} from '../uploaded-letters/upload-list-queries.ts';
import { findUser } from '../users/user-queries.ts';
import { noResult, readBody, refusal } from './fields.ts';
import { presentMessages } from './present-message.ts';
import { idOf, queryText } from './requests.ts';
import { serviceOf } from './service-routes.ts';

const PAGE_SIZE = 50;
/** Letters made after 17:30 are printed with those of the next day. */
const CUT_OFF_MINUTES = 17 * 60 + 30;

const LETTER: ObjectSchema = {
  properties: [
    ['postage', oneOf(POSTAGES)],
    ['filename', boundedText(1_000)],
    ['created_by', uuid],
    ['file_id', uuid],
    ['recipient_address', boundedText(2_000)],
  ],
  required: ['postage', 'filename', 'created_by', 'file_id', 'recipient_address'],
};

/** Letters that people upload, and the list of all uploads: internals sections 3.4.8 and 3.4.9. */
export function uploadedLetterRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  return async (app) => {
    app.post(
      '/service/:serviceId/send-pdf-letter',
      { schema: { summary: 'Send a letter that was uploaded' } },
      async (request, reply) => {
        const body = validate(LETTER, readBody(request));
        const service = await ctx.services.get(idOf(request, 'serviceId'));
        const creator = await findUser(kysely, readUuid(body.created_by) ?? '');
        if (!service || !creator) throw noResult();
        const fileId = readUuid(body.file_id) ?? '';
        await sendUploadedLetter(ctx, service, {
          fileId,
          filename: cleanText(String(body.filename)),
          // The schema has seen that it is one of them.
          postage: POSTAGES.find((postage) => postage === body.postage) ?? 'second',
          address: cleanText(unquote(String(body.recipient_address))),
          creator,
          correlationId: request.id,
        });
        return answerJson(reply, 201, { id: fileId });
      },
    );
    app.get('/service/:serviceId/upload', { schema: { summary: 'Uploads' } }, async (request, reply) => {
      const service = await serviceOf(ctx, idOf(request, 'serviceId'));
      const page = pageOf(request);
      const now = ctx.clock.now();
      const found = await listUploads(kysely, {
        serviceId: service.id,
        since: sinceOf(request, now),
        now,
        limit: PAGE_SIZE,
        offset: (page - 1) * PAGE_SIZE,
      });
      if (found.rows.length === 0 && page > 1) throw noResult();
      const ids = found.rows.flatMap((row) => (row.id !== null && row.started ? [row.id] : []));
      const counts = Map.groupBy(await countByStatus(kysely, ids), (count) => count.job_id);
      return answerJson(reply, 200, {
        data: found.rows.map((row) => presentUpload(row, counts.get(row.id ?? '') ?? [])),
        page_size: PAGE_SIZE,
        total: found.total,
        links: linksOf(`/service/${service.id}/upload`, page, found.total),
      });
    });
    app.get(
      '/service/:serviceId/upload/uploaded-letters/:day',
      { schema: { summary: 'Uploaded letters of one print day' } },
      async (request, reply) => {
        const { day } = request.params as { day: string };
        if (!midnightOf(day)) throw refusal(400, 'Input must be a date in the format: YYYY-MM-DD');
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const page = pageOf(request);
        const { ids, total } = await listUploadedLetters(kysely, {
          serviceId: service.id,
          from: londonTime(addDays(day, -1), CUT_OFF_MINUTES),
          until: londonTime(day, CUT_OFF_MINUTES),
          limit: PAGE_SIZE,
          offset: (page - 1) * PAGE_SIZE,
        });
        const rows = await findMessages(kysely, service.id, ids);
        return answerJson(reply, 200, {
          notifications: await presentMessages(ctx, rows),
          page_size: PAGE_SIZE,
          total,
          links: linksOf(`/service/${service.id}/upload/uploaded-letters/${day}`, page, total),
        });
      },
    );
  };
}

function pageOf(request: FastifyRequest): number {
  const text = queryText(readQuery(request.url), 'page') ?? '1';
  if (!/^[1-9]\d{0,5}$/.test(text)) throw refusal(400, { page: ['Not a positive integer'] });
  return Number(text);
}

function sinceOf(request: FastifyRequest, now: Date): Date | undefined {
  const text = queryText(readQuery(request.url), 'limit_days');
  if (text === undefined) return undefined;
  if (!/^\d{1,5}$/.test(text)) throw refusal(400, { limit_days: [`${text} is not an integer`] });
  return londonMidnight(addDays(londonDay(now), -Number(text)));
}

function linksOf(path: string, page: number, total: number) {
  const pages = Math.ceil(total / PAGE_SIZE);
  const to = (number: number) => `${path}?page=${number}`;
  return {
    ...(page > 1 ? { prev: to(page - 1) } : {}),
    ...(page < pages ? { next: to(page + 1), last: to(pages) } : {}),
  };
}

function presentUpload(row: UploadListRow, counts: readonly { status: string; count: number }[]) {
  const at = row.day === null ? row.created_at : londonTime(row.day, CUT_OFF_MINUTES);
  return {
    id: row.id,
    original_file_name: row.original_file_name,
    notification_count: row.notification_count,
    created_at: at === null ? null : at.toISOString().slice(0, 19).replace('T', ' '),
    upload_type: row.day === null ? 'job' : 'letter_day',
    template_type: row.template_type,
    recipient: null,
    statistics: counts.map(({ status, count }) => ({ status, count })),
  };
}

/** The website sends the address as it stands in an address; what is not encoded stays as it is. */
function unquote(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
