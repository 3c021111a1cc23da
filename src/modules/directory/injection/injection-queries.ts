import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { InjectedMessage } from './injected-message.ts';

export async function insertInjectedMessage(handle: Handle, message: InjectedMessage): Promise<void> {
  const { id, queue, body, attributes, hadStaff, sentAt } = message;
  await sql`
    insert into directory.injected_messages (id, queue, body, attributes, had_staff, sent_at)
    values (${id}, ${queue}, ${body}, ${JSON.stringify(attributes)}::json, ${hadStaff}, ${sentAt})
  `.execute(handle);
}

export async function selectInjectedMessage(
  handle: Handle,
  id: string,
): Promise<InjectedMessage | undefined> {
  const { rows } = await sql<InjectedMessage>`
    select id, queue, body, attributes, had_staff as "hadStaff", sent_at as "sentAt"
    from directory.injected_messages where id = ${id}
  `.execute(handle);
  return rows[0];
}

export async function deleteOldInjectedMessages(handle: Handle, before: Date): Promise<void> {
  await sql`delete from directory.injected_messages where sent_at < ${before}`.execute(handle);
}
