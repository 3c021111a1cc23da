import { timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { PlainError } from '../errors.ts';
import { readLocalTime } from '../receipts/london-time.ts';
import { receiveText } from '../received-texts/receive-text.ts';
import { answerJson } from './answers.ts';
import { formFields, jsonFields } from './provider-receipts.ts';

/** Texts that people send to services, passed on by providers: public section 3.12. */
export function receiveTexts(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.post('/notifications/sms/receive/mmg', {
      schema: { summary: 'A text received by MMG', tags: ['providers'] },
      handler: async (request, reply) => {
        checkBasic(ctx, request, reply, 'mmg', ctx.config.mmgInboundUsers, ctx.config.mmgInboundPasswords);
        const fields = jsonFields(request);
        const isOurs = await receiveText(ctx, {
          provider: 'mmg',
          from: textOf(fields.MSISDN),
          to: textOf(fields.Number),
          message: decodeMmg(textOf(fields.Message)),
          providerReference: textOf(fields.ID) || null,
          providerDate: readLocalTime(decodeMmg(textOf(fields.DateRecieved)), 'UTC'),
        });
        if (!isOurs) return reply.code(200).header('content-type', 'text/html').send(Buffer.from('RECEIVED'));
        return answerJson(reply, 200, { status: 'ok' });
      },
    });

    app.post('/notifications/sms/receive/firetext', {
      schema: { summary: 'A text received by Firetext', tags: ['providers'] },
      handler: async (request, reply) => {
        checkBasic(ctx, request, reply, 'firetext', ['notify'], ctx.config.firetextInboundPasswords);
        const fields = formFields(request);
        await receiveText(ctx, {
          provider: 'firetext',
          from: textOf(fields.source),
          to: textOf(fields.destination),
          message: textOf(fields.message),
          providerReference: null,
          providerDate: readLocalTime(textOf(fields.time), 'London'),
        });
        return answerJson(reply, 200, { status: 'ok' });
      },
    });
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** `+` is a space, then percent signs, then backslash escapes (public section 3.12). */
function decodeMmg(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  const plain = Buffer.from(
    spaced.replace(/[^%]+|%[0-9a-fA-F]{2}|%/g, (part) =>
      /^%[0-9a-fA-F]{2}$/.test(part)
        ? String.fromCharCode(Number.parseInt(part.slice(1), 16))
        : Buffer.from(part, 'utf8').toString('latin1'),
    ),
    'latin1',
  ).toString('utf8');
  return plain.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([ntr\\'"]))/g, (_all, u, x, short) => {
    if (short !== undefined) return ESCAPES[short as string] ?? String(short);
    return String.fromCharCode(Number.parseInt((u ?? x) as string, 16));
  });
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function checkBasic(
  ctx: NotifyContext,
  request: FastifyRequest,
  reply: FastifyReply,
  provider: string,
  users: readonly string[],
  passwords: readonly string[],
): void {
  const header = request.headers.authorization;
  if (header === undefined) {
    reply.header('www-authenticate', 'Bearer');
    const message = 'Unauthorized: authentication token must be provided';
    throw new PlainError(401, { result: 'error', message });
  }
  const text = /^basic /i.test(header) ? Buffer.from(header.slice(6), 'base64').toString('utf8') : '';
  const colon = text.indexOf(':');
  const isKnown =
    colon !== -1 && isOneOf(users, text.slice(0, colon)) && isOneOf(passwords, text.slice(colon + 1));
  if (isKnown) return;
  ctx.log.warn({ provider }, 'received text with wrong credentials');
  const message = 'Forbidden: invalid authentication token provided';
  throw new PlainError(403, { result: 'error', message });
}

function isOneOf(known: readonly string[], given: string): boolean {
  const bytes = Buffer.from(given);
  return known.some((one) => {
    const wanted = Buffer.from(one);
    return wanted.length === bytes.length && timingSafeEqual(wanted, bytes);
  });
}
