import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { cleanPersonalisation } from '../requests/personalisation-values.ts';
import { isObject } from '../requests/schema.ts';
import { answerJson } from '../routes/answers.ts';
import { insertAdminEvent } from './event-queries.ts';
import { readBody, readFields, refusal } from './fields.ts';

/** What people did in the admin website: internals section 3.4.20. */
export function eventRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.post('/events', { schema: { summary: 'Record an event' } }, async (request, reply) => {
      const fields = readFields(readBody(request), {
        event_type: {
          kind: 'text',
          required: true,
          check: (value) => (value.length > 255 ? 'Longer than maximum length 255.' : undefined),
        },
        data: { kind: 'any', required: true },
      });
      if (!isObject(fields.data)) throw refusal(400, { data: ['Not a valid mapping type.'] });
      const data = cleanPersonalisation(fields.data);
      const id = randomUUID();
      const now = ctx.clock.now();
      await insertAdminEvent(ctx.db.kysely, { id, type: fields.event_type, data, now });
      return answerJson(reply, 201, {
        data: { id, event_type: fields.event_type, created_at: timestamp(now), data },
      });
    });
  };
}
