import { type FoundPage, formatLondon } from '#platform/console';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { displayStatus } from '../internal-api/present-message.ts';
import { normaliseSearchTerm } from '../message-log/search-term.ts';
import { servicePath } from './access.ts';
import {
  type FoundMessage,
  findByUuid,
  findMessageById,
  findMessagesByReference,
  findMessagesTo,
} from './find-queries.ts';

const MOST_FOUND = 5;
/** Of each service: enough for the last hours of a busy one, and read in well under a second. */
const AMONG_NEWEST = 2_000;
const CHANNELS: Record<string, string> = { email: 'Email', sms: 'Text message', letter: 'Letter' };

/**
 * Messages, templates and services for the search of the register: by id, by the sender's or the provider's reference,
 * and for those who may see recipients by a whole email address or phone number.
 */
export async function findNotifyPages(
  ctx: NotifyContext,
  text: string,
  mayReadMessages: boolean,
): Promise<FoundPage[]> {
  const { kysely } = ctx.db;
  const id = readUuid(text);
  const places = id === undefined ? [] : await findByUuid(kysely, id);
  const messages = mayReadMessages ? await findMessages(ctx, text, id) : [];
  return [
    ...places.map(({ service_id, service_name, template_name }) => ({
      href: servicePath({ id: service_id }, template_name === null ? '' : `/templates/${id}`),
      text: template_name ?? service_name,
      kind: template_name === null ? 'service' : `template of ${service_name}`,
    })),
    ...messages.map((message) => ({
      href: servicePath({ id: message.service_id }, `/messages/${message.id}`),
      text: `${CHANNELS[message.notification_type]} of ${formatLondon(message.created_at)}`,
      kind: `${displayStatus(message).toLowerCase()}, sent by ${message.service_name}`,
    })),
  ];
}

async function findMessages(
  ctx: NotifyContext,
  text: string,
  id: string | undefined,
): Promise<FoundMessage[]> {
  const { kysely } = ctx.db;
  if (id !== undefined) {
    const found = await findMessageById(kysely, id);
    if (found.length > 0) return found;
  }
  const byReference = await findMessagesByReference(kysely, text, MOST_FOUND);
  if (byReference.length > 0 || !isRecipient(text)) return byReference;
  const recipient = normaliseSearchTerm(text, text.includes('@') ? ['email'] : ['sms']);
  return findMessagesTo(kysely, { recipient, amongNewest: AMONG_NEWEST, limit: MOST_FOUND });
}

/** An email address, or as many digits as a phone number has. */
function isRecipient(text: string): boolean {
  return text.includes('@') || (/^[+()\d\s-]+$/.test(text) && text.replaceAll(/\D/g, '').length >= 10);
}
