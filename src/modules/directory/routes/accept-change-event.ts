import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { DirectoryContext } from '../context.ts';
import { MAX_MESSAGE_BYTES, readChangeEventRequest } from '../intake/change-event-request.ts';
import { answers } from './answers.ts';

const CapitalMessage = Type.Object({ Message: Type.String() });
const LowerMessage = Type.Object({ message: Type.String() });

const schema = {
  summary: 'Accept a change event for durable processing',
  description:
    'Answers 200 once the event is durable. Everything about the organisation itself is judged later and shows in the register.',
  tags: ['change events'],
  headers: Type.Object(
    {
      'x-api-key': Type.Optional(Type.String()),
      'sequence-number': Type.Optional(Type.String({ description: 'Decimal integer of up to 38 digits' })),
      'correlation-id': Type.Optional(Type.String({ description: 'Made by us when absent' })),
    },
    { additionalProperties: true },
  ),
  response: {
    200: CapitalMessage,
    400: CapitalMessage,
    403: Type.Union([LowerMessage, CapitalMessage]),
    415: LowerMessage,
    429: LowerMessage,
    500: CapitalMessage,
  },
};

/** POST /v1/change-event: spec sections 3.1 and 3.2. The checks run in the order of its table. */
export function acceptChangeEvent(ctx: DirectoryContext): FastifyPluginAsync {
  const { allowList, apiKeys, rateLimiter, intake, clock, log } = ctx;
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.setErrorHandler((error, request, reply) => {
      const status = (error as { statusCode?: number }).statusCode ?? 500;
      if (status < 500) return answer(reply, 400, answers.badRequest);
      log.error({ err: error, correlationId: request.id }, 'change event not accepted');
      return answer(reply, 500, answers.serverError);
    });

    app.post('/v1/change-event', {
      schema,
      bodyLimit: MAX_MESSAGE_BYTES,
      // The original validates nothing here by schema, and its answers are not Fastify's.
      validatorCompiler: () => () => true,
      onRequest: async (request, reply) => {
        // Where the firewall is on, its first rule has looked at the address.
        if (!ctx.firewall && !(await allowList.isAllowed(request.ip))) {
          return answer(reply, 403, answers.accessDenied);
        }
        const given = request.headers['x-api-key'];
        const key = typeof given === 'string' ? await apiKeys.verify('directory', given) : null;
        if (!key) return answer(reply, 403, answers.forbidden);
        if (!(await rateLimiter.admit(key.name))) return answer(reply, 429, answers.tooManyRequests);
        const type = request.headers['content-type'];
        if (type !== undefined && !/^\s*application\/json\s*(;|$)/i.test(type)) {
          return answer(reply, 415, answers.unsupportedMediaType);
        }
        return undefined;
      },
      preHandler: async (request, reply) => {
        const rule = Buffer.isBuffer(request.body) ? ctx.firewall?.inspectBody(request.body) : undefined;
        if (rule === undefined) return undefined;
        ctx.signals.count('shared', rule);
        return answer(reply, 403, answers.forbidden);
      },
      handler: async (request, reply) => {
        const event = readChangeEventRequest({
          headers: request.headers,
          // Fastify's parser always gives an object of texts and lists of texts.
          query: request.query as Record<string, unknown>,
          body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
          receivedAt: clock.now(),
        });
        if (!event) return answer(reply, 400, answers.badRequest);
        await intake.add(event);
        reply.header('correlation-id', encodeHeader(event.correlationId));
        return answer(reply, 200, answers.accepted);
      },
    });
  };
}

function answer(reply: FastifyReply, status: number, body: Buffer): FastifyReply {
  return reply.code(status).header('content-type', 'application/json').send(body);
}

function encodeHeader(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}
