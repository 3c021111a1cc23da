import type { FastifyPluginAsync } from 'fastify';
import { addDays, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { type ComplaintRow, countComplaints, listComplaints } from '../message-log/complaint-queries.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { reportReturnedLetters } from '../printing/returned-letters.ts';
import { readQuery } from '../requests/query.ts';
import { type Check, validate } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import { readDays } from './days.ts';
import { noResult, readBody, refusal } from './fields.ts';
import { queryText } from './requests.ts';

const PAGE_SIZE = 50;

const references: Check = (value) => {
  if (!Array.isArray(value)) return ['is not of type array'];
  if (value.length === 0) return ['[] should be non-empty'];
  return value.flatMap((one: unknown) =>
    typeof one === 'string' && /^[0-9A-Z]{16}$/.test(one)
      ? []
      : [`${typeof one === 'string' ? one : JSON.stringify(one)} does not match ^[0-9A-Z]{16}$`],
  );
};

/** Complaints about emails of all services, and letters the printer had back: internals section 3.4.18. */
export function platformComplaintRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  return async (app) => {
    app.get('/complaint', { schema: { summary: 'Complaints about emails' } }, async (request, reply) => {
      const text = queryText(readQuery(request.url), 'page') ?? '1';
      if (!/^[1-9]\d{0,5}$/.test(text)) throw refusal(400, { page: ['Not a positive integer'] });
      const page = Number(text);
      const rows = await listComplaints(kysely, { limit: PAGE_SIZE, offset: (page - 1) * PAGE_SIZE });
      if (rows.length === 0 && page > 1) throw noResult();
      const pages = Math.ceil((await countComplaints(kysely)) / PAGE_SIZE);
      return answerJson(reply, 200, { complaints: rows.map(present), links: linksOf(page, pages) });
    });
    app.get(
      '/complaint/count-by-date-range',
      { schema: { summary: 'How many complaints there were' } },
      async (request, reply) => {
        const { from, to } = readDays(ctx, readQuery(request.url));
        const between = { from: londonMidnight(from), until: londonMidnight(addDays(to, 1)) };
        return answerJson(reply, 200, await countComplaints(kysely, between));
      },
    );
    app.post(
      '/letters/returned',
      { schema: { summary: 'Report letters that came back' } },
      async (request, reply) => {
        const schema = { properties: [['references', references]], required: ['references'] } as const;
        const body = validate(schema, readBody(request));
        // The check above has seen that all of them are texts.
        const list = body.references as string[];
        await reportReturnedLetters(ctx, list, request.id);
        return answerJson(reply, 200, { references: list });
      },
    );
  };
}

function linksOf(page: number, pages: number) {
  const to = (number: number) => `/complaint?page=${number}`;
  return {
    ...(page > 1 ? { prev: to(page - 1) } : {}),
    ...(page < pages ? { next: to(page + 1), last: to(pages) } : {}),
  };
}

function present(complaint: ComplaintRow) {
  return {
    id: complaint.id,
    notification_id: complaint.notification_id,
    service_id: complaint.service_id,
    service_name: complaint.service_name,
    // The original writes its absence as a text, which clients may compare.
    ses_feedback_id: complaint.ses_feedback_id ?? 'None',
    complaint_type: complaint.complaint_type,
    complaint_date: timestamp(complaint.complaint_date),
    created_at: timestamp(complaint.created_at),
  };
}
