import { randomInt } from 'node:crypto';
import type { Handle } from '#platform/db';
import { uuidV7 } from '#platform/http';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { isText } from '../gateway/body.ts';
import { isEmail } from '../gateway/text.ts';
import { limit } from '../policy/rate-limit.ts';
import { insertContactMessage } from './contact-queries.ts';

const LENGTHS = { name: 100, email: 254, message: 5_000 };

/** Keeps a message to the operators and sends it to their mailbox: spec section 3.7. */
export async function contactUs(
  ctx: ListsContext,
  input: Record<string, unknown>,
  visit: { address: string; correlationId: string },
): Promise<{ name: string; email: string; message: string; id: number }> {
  await limit(ctx, 'contact', visit.address);
  const text = (field: keyof typeof LENGTHS): string => {
    const value = input[field];
    if (!isText(value, LENGTHS[field], 1)) throw errors.contactFieldMissing(field);
    return value;
  };
  const [name, email, message] = [text('name'), text('email'), text('message')];
  const ticket = randomInt(100_001, 999_999);
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const id = uuidV7();
    await insertContactMessage(trx, { id, ticket, name, email, message, now: ctx.clock.now() });
    await ctx.courier.send(trx, [
      {
        template: 'contact',
        to: contactMailbox(ctx),
        key: id,
        variables: {
          prefix: ctx.config.brandName === 'Ewelists' ? 'Ewemail' : `${ctx.config.brandName} message`,
          name,
          message,
          ticket,
          ...(isEmail(email.trim()) ? { reply_to: email.trim() } : {}),
        },
        correlationId: visit.correlationId,
      },
    ]);
    await ctx.events.append(trx, [listsEvent('contact.received', visit.correlationId, [String(ticket)])]);
  });
  return { name, email, message, id: ticket };
}

/** The address inside MAIL_FROM. */
export function contactMailbox(ctx: Pick<ListsContext, 'config'>): string {
  return /<([^<>]+)>/.exec(ctx.config.mailFrom)?.[1] ?? ctx.config.mailFrom;
}
