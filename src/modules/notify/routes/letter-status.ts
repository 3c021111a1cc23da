import type { FastifyPluginAsync } from 'fastify';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { BadRequestError, NotifyError } from '../errors.ts';
import { readPrintReport } from '../printing/print-report.ts';
import { parseBody } from '../requests/json-body.ts';
import { openToken } from '../secrets/fernet.ts';
import { processPrintReportTask } from '../tasks/definitions.ts';
import { bodyOf } from './send-notifications.ts';

/** The printer may take its time: the token is as old as the letter. */
const TOKEN_SECONDS = 365 * 24 * 3_600;
const BAD_TOKEN = 'A valid token must be provided in the query string';

/** POST /notifications/letter/status?token=: internals section 3.5. Durable before it is acknowledged. */
export function letterStatus(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.post<{ Querystring: Record<string, unknown> }>('/notifications/letter/status', {
      schema: { summary: 'Report of the print provider on a letter', tags: ['providers'] },
      // Here the older shape of errors does not apply: internals section 3.1.
      errorHandler: (error, request, reply) => {
        if (error instanceof NotifyError) {
          const body = { status_code: error.status, errors: error.errors };
          return reply.code(error.status).send(Buffer.from(JSON.stringify(body)));
        }
        return app.errorHandler(error, request, reply);
      },
      handler: async (request, reply) => {
        const token = String(request.query.token ?? '');
        const opened = openToken(ctx.keys.token, token, {
          now: ctx.clock.now(),
          maxAgeSeconds: TOKEN_SECONDS,
        });
        const id = readUuid(opened);
        if (id === undefined) throw new BadRequestError(BAD_TOKEN, 403);
        const report = readPrintReport(parseBody(bodyOf(request)), id);
        await ctx.jobs.enqueue(null, processPrintReportTask, [
          { payload: report, correlationId: request.id },
        ]);
        return reply.code(204).send();
      },
    });
  };
}
