import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export async function insertContactMessage(
  handle: Handle,
  message: { id: string; ticket: number; name: string; email: string; message: string; now: Date },
): Promise<void> {
  await sql`
    insert into lists.contact_messages (id, ticket, name, email, message, created_at)
    values (${message.id}, ${message.ticket}, ${message.name}, ${message.email}, ${message.message}, ${message.now})
  `.execute(handle);
}

export async function deleteOldContactMessages(handle: Handle, before: Date): Promise<number> {
  const result = await sql`delete from lists.contact_messages where created_at < ${before}`.execute(handle);
  return Number(result.numAffectedRows ?? 0n);
}
