import { timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { PlainError } from '../errors.ts';
import { readLocalTime } from '../receipts/london-time.ts';
import { readSesReceipt } from '../receipts/ses-receipt.ts';
import { isObject } from '../requests/schema.ts';
import type { ReceiptPayload } from '../tasks/definitions.ts';
import { answerJson } from './answers.ts';
import { bodyOf } from './send-notifications.ts';

const SUCCESS = { result: 'success' };

/**
 * Reports of providers on single messages: public section 3.12. They are durable before they are acknowledged, and
 * processed after. Only codes are kept, never the number.
 */
export function providerReceipts(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    const accept = async (reply: FastifyReply, receipt: Omit<ReceiptPayload, 'receivedAt'>) => {
      await ctx.receipts.add({ ...receipt, receivedAt: ctx.clock.now().toISOString() });
      return answerJson(reply, 200, SUCCESS);
    };

    app.post('/notifications/sms/mmg', {
      schema: { summary: 'Delivery receipt of MMG', tags: ['providers'] },
      handler: async (request, reply) => {
        const fields = jsonFields(request);
        const given = requireFields('MMG', fields, ['status', 'CID']);
        return accept(reply, {
          provider: 'mmg',
          reference: given.CID ?? '',
          status: given.status ?? '',
          ...optional('detail', textOf(fields.substatus)),
          ...optional('deliveredAt', timeOf(fields.deliverytime)),
        });
      },
    });

    app.post('/notifications/sms/firetext', {
      schema: { summary: 'Delivery receipt of Firetext', tags: ['providers'] },
      handler: async (request, reply) => {
        const fields = formFields(request);
        const given = requireFields('Firetext', fields, ['status', 'reference']);
        return accept(reply, {
          provider: 'firetext',
          reference: given.reference ?? '',
          status: given.status ?? '',
          ...optional('detail', textOf(fields.code)),
          ...optional('deliveredAt', timeOf(fields.time)),
        });
      },
    });

    app.post('/notifications/sms/http', {
      schema: { summary: 'Delivery receipt of the open HTTP provider', tags: ['providers'] },
      handler: async (request, reply) => {
        const { httpSmsToken } = ctx.config;
        if (httpSmsToken !== undefined && !isBearer(request, httpSmsToken)) {
          throw new PlainError(403, {
            result: 'error',
            message: 'Forbidden: invalid authentication token provided',
          });
        }
        const fields = jsonFields(request);
        const given = requireFields('HTTP', fields, ['status', 'id']);
        return accept(reply, { provider: 'http-sms', reference: given.id ?? '', status: given.status ?? '' });
      },
    });

    app.post('/notifications/email/ses', {
      schema: { summary: 'Notification of SES by way of SNS', tags: ['providers'] },
      handler: async (request, reply) => {
        const receipts = await readSesReceipt(ctx, bodyOf(request));
        for (const receipt of receipts) {
          await ctx.receipts.add({ ...receipt, receivedAt: ctx.clock.now().toISOString() });
        }
        return answerJson(reply, 200, { result: 'success', message: 'SES callback succeeded' });
      },
    });
  };
}

/** The members of a JSON body as they came; anything but an object is one without members. */
export function jsonFields(request: FastifyRequest): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bodyOf(request).toString('utf8'));
    return isObject(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

export function formFields(request: FastifyRequest): Record<string, unknown> {
  return Object.fromEntries(new URLSearchParams(bodyOf(request).toString('utf8')));
}

/** The named fields as text; throws the 400 that names each missing one. */
function requireFields(
  client: string,
  fields: Record<string, unknown>,
  names: string[],
): Record<string, string | undefined> {
  const missing = names.filter((name) => textOf(fields[name]) === undefined);
  if (missing.length > 0) {
    const message = missing.map((name) => `${client} callback failed: ${name} missing`);
    throw new PlainError(400, { result: 'error', message });
  }
  return Object.fromEntries(names.map((name) => [name, textOf(fields[name])]));
}

/** Numbers and texts count as text; anything else, and an empty text, as missing. Kept short: these are codes. */
function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text === '') return undefined;
  return text.slice(0, 100).replaceAll('\u0000', '').toWellFormed();
}

function timeOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : readLocalTime(text, 'London')?.toISOString();
}

function optional<K extends string>(name: K, value: string | undefined): { [key in K]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { [key in K]?: string };
}

export function isBearer(request: FastifyRequest, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
