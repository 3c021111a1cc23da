import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { callerOf } from '../auth/caller.ts';
import type { NotifyContext } from '../context.ts';
import { parseBody } from '../requests/json-body.ts';
import { isObject, type ObjectSchema, validate } from '../requests/schema.ts';
import type { SendRequest } from '../sending/send-context.ts';
import { sendEmail } from '../sending/send-email.ts';
import { sendLetter, sendPrecompiledLetter } from '../sending/send-letter.ts';
import { sendSms } from '../sending/send-sms.ts';
import type { NotificationType } from '../services/service.ts';
import { ANSWERS } from './answer-schemas.ts';
import { answerJson, baseUrlOf } from './answers.ts';
import { documented, EmailBody, LetterBody, SmsBody } from './api-schemas.ts';
import { deadlineOf } from './request-timeout.ts';

/** Room for a 5 MiB letter, or several files of 2 MiB, in base64 (public section 3.1). */
const BODY_LIMIT = 32 * 1024 * 1024;

type Send = (ctx: NotifyContext, request: SendRequest, body: Record<string, unknown>) => Promise<object>;

/** POST /v2/notifications/{sms,email,letter}: public sections 3.4 to 3.8. */
export function sendNotifications(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    const route = (
      channel: NotificationType,
      choose: (body: unknown) => { schema: ObjectSchema; send: Send },
    ) => {
      app.post(`/v2/notifications/${channel}`, {
        bodyLimit: BODY_LIMIT,
        ...documented({
          summary: `Send ${WORDS[channel]}`,
          tags: ['notifications'],
          body: BODIES[channel],
          response: ACCEPTED[channel],
        }),
        // After authentication and before the body is read: steps 2 and 3.
        onRequest: async (request) => {
          const { service, apiKey } = callerOf(request);
          await ctx.limits.admit(service, apiKey.type, channel);
        },
        handler: async (request, reply) => {
          const startedAt = performance.now();
          const body = parseBody(bodyOf(request));
          ctx.metrics.jsonParsing.observe((performance.now() - startedAt) / 1_000);
          const { schema, send } = choose(body);
          const checked = validate(schema, body);
          return answerJson(reply, 201, await send(ctx, sendRequestOf(request), checked));
        },
      });
    };
    const sendRequestOf = (request: FastifyRequest): SendRequest => {
      const { service, apiKey } = callerOf(request);
      return {
        service,
        keyType: apiKey.type,
        apiKeyId: apiKey.id,
        baseUrl: baseUrlOf(request, app, ctx.config.apiHostName),
        correlationId: request.id,
        deadline: deadlineOf(request),
      };
    };
    const { schemas } = ctx;
    route('sms', () => ({ schema: schemas.sms, send: sendSms }));
    route('email', () => ({ schema: schemas.email, send: sendEmail }));
    route('letter', (body) =>
      isObject(body) && Object.hasOwn(body, 'content')
        ? { schema: schemas.precompiled, send: sendPrecompiledLetter }
        : { schema: schemas.letter, send: sendLetter },
    );
  };
}

const BODIES = { sms: SmsBody, email: EmailBody, letter: LetterBody };
const ACCEPTED = { sms: ANSWERS.sendSms, email: ANSWERS.sendEmail, letter: ANSWERS.sendLetter };

const WORDS: Record<NotificationType, string> = {
  sms: 'a text message',
  email: 'an email',
  letter: 'a letter, from a template or as PDF',
};

/** The bytes of a body; our parser gives them as they came. */
export function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}
