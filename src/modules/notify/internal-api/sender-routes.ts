import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import {
  findSenderRow,
  isProtectedSenderId,
  listSenderRows,
  type SenderRow,
} from '../service-settings/sender-queries.ts';
import { addSender, archiveSender, changeSender, SenderRefusal } from '../service-settings/senders.ts';
import type { SenderKind } from '../services/apply-queries.ts';
import { sendBuiltIn } from '../users/built-in-messages.ts';
import { BUILT_IN } from '../users/built-in-templates-data.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { emailFault } from './person-fields.ts';
import { PRESENT_SENDER } from './present-service.ts';
import { idOf, queryText } from './requests.ts';
import { serviceOf } from './service-routes.ts';

interface Kind {
  kind: SenderKind;
  path: string;
  field: 'email_address' | 'contact_block' | 'sms_sender';
  check?: (value: string) => string | undefined;
  /** Whether the answers to writes stand under `data`. */
  isWrapped: boolean;
}

const KINDS: readonly Kind[] = [
  {
    kind: 'email_reply_to',
    path: 'email-reply-to',
    field: 'email_address',
    check: emailFault,
    isWrapped: true,
  },
  { kind: 'letter_contacts', path: 'letter-contact', field: 'contact_block', isWrapped: true },
  {
    kind: 'sms_senders',
    path: 'sms-sender',
    field: 'sms_sender',
    check: (value) => (value.length > 11 ? 'Longer than maximum length 11.' : undefined),
    isWrapped: false,
  },
];

/** The three kinds of senders: internals section 3.4.11. */
export function senderRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.get(
      '/protected-sender-id/check',
      { schema: { summary: 'Whether a sender is reserved' } },
      async (request, reply) => {
        const senderId = queryText(readQuery(request.url), 'sender_id');
        if (senderId === undefined) throw refusal(400, 'sender_id must be passed in');
        const plain = senderId.replaceAll(/\s/g, '').toLowerCase();
        return answerJson(reply, 200, await isProtectedSenderId(ctx.db.kysely, plain));
      },
    );
    app.post(
      '/service/:serviceId/email-reply-to/verify',
      { schema: { summary: 'Send a test email to a reply-to address' } },
      async (request, reply) => {
        await serviceOf(ctx, idOf(request, 'serviceId'));
        const { email } = readFields(readBody(request), {
          email: { kind: 'text', required: true, check: emailFault },
        });
        const id = await ctx.db.kysely.transaction().execute((trx) =>
          sendBuiltIn(ctx, trx, {
            templateId: BUILT_IN.replyToVerification,
            to: normaliseEmailAddress(email) ?? email,
            personalisation: {},
            correlationId: request.id,
          }),
        );
        return answerJson(reply, 201, { data: { id } });
      },
    );
    for (const kind of KINDS) registerKind(app, ctx, kind);
  };
}

function registerKind(
  app: FastifyInstance,
  ctx: NotifyContext,
  { kind, path, field, check, isWrapped }: Kind,
): void {
  const present: (row: SenderRow) => object = PRESENT_SENDER[kind];
  const base = `/service/:serviceId/${path}`;
  const read = (body: Record<string, unknown>) => {
    const fields = readFields(body, {
      [field]: { kind: 'text', required: true, ...(check ? { check } : {}) },
      is_default: { kind: 'boolean', required: true },
    });
    return { text: String(fields[field]).trim(), isDefault: fields.is_default === true };
  };
  const wrap = (data: unknown) => (isWrapped ? { data } : data);

  app.get(base, { schema: { summary: 'Senders' } }, async (request, reply) => {
    const service = await serviceOf(ctx, idOf(request, 'serviceId'));
    return answerJson(reply, 200, (await listSenderRows(ctx.db.kysely, kind, service.id)).map(present));
  });
  app.post(base, { schema: { summary: 'Add a sender' } }, async (request, reply) => {
    const service = await serviceOf(ctx, idOf(request, 'serviceId'));
    const sender = read(readBody(request));
    const row = await refusing(() => addSender(ctx, kind, service.id, sender));
    return answerJson(reply, 201, wrap(present(row)));
  });
  app.get(`${base}/:id`, { schema: { summary: 'One sender' } }, async (request, reply) => {
    const place = { serviceId: idOf(request, 'serviceId'), id: idOf(request, 'id') };
    const row = await findSenderRow(ctx.db.kysely, kind, place.serviceId, place.id);
    if (!row) throw noResult();
    return answerJson(reply, 200, present(row));
  });
  app.post(`${base}/:id`, { schema: { summary: 'Change a sender' } }, async (request, reply) => {
    const place = { serviceId: idOf(request, 'serviceId'), id: idOf(request, 'id') };
    const sender = read(readBody(request));
    const row = await refusing(() => changeSender(ctx, kind, place, sender));
    if (!row) throw noResult();
    return answerJson(reply, 200, wrap(present(row)));
  });
  app.post(`${base}/:id/archive`, { schema: { summary: 'Archive a sender' } }, async (request, reply) => {
    const place = { serviceId: idOf(request, 'serviceId'), id: idOf(request, 'id') };
    const row = await refusing(() => archiveSender(ctx, kind, place));
    if (!row) throw noResult();
    return answerJson(reply, 200, { data: present(row) });
  });
}

/** What a sender cannot be, in the contract's words. */
export async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof SenderRefusal)) throw error;
    throw refusal(error.status, error.message);
  }
}
