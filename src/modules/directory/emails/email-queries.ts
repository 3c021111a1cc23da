import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** A stored e-mail: names neither its recipient nor an address (4.1). */
export interface EmailFile {
  fileName: string;
  changeId: string;
  userId: number;
  correlationId: string | null;
  emailSubject: string;
  emailBody: string;
}

export type EmailOutcome = 'sent' | 'withheld' | 'no_address';

export interface StoredEmail extends EmailFile {
  createdAt: Date;
  outcome: EmailOutcome | null;
}

export async function insertEmailFiles(handle: Handle, files: EmailFile[], now: Date): Promise<void> {
  await sql`
    insert into directory.email_files
      (file_name, change_id, user_id, correlation_id, email_subject, email_body, created_at)
    select "fileName", "changeId", "userId", "correlationId", "emailSubject", "emailBody", ${now}
    from json_to_recordset(${JSON.stringify(files)}::json) as file ("fileName" text, "changeId" text, "userId" int,
      "correlationId" text, "emailSubject" text, "emailBody" text)
  `.execute(handle);
}

const columns = sql`file_name as "fileName", change_id as "changeId", user_id as "userId",
  correlation_id as "correlationId", email_subject as "emailSubject", email_body as "emailBody",
  created_at as "createdAt", outcome`;

export async function selectEmailFile(handle: Handle, fileName: string): Promise<StoredEmail | undefined> {
  const { rows } = await sql<StoredEmail>`
    select ${columns} from directory.email_files where file_name = ${fileName}
  `.execute(handle);
  return rows[0];
}

/** The newest first. */
export async function selectEmailFiles(handle: Handle, limit: number): Promise<StoredEmail[]> {
  const { rows } = await sql<StoredEmail>`
    select ${columns} from directory.email_files order by created_at desc, file_name desc limit ${limit}
  `.execute(handle);
  return rows;
}

export async function endEmail(
  handle: Handle,
  fileName: string,
  outcome: EmailOutcome,
  now: Date,
): Promise<void> {
  await sql`
    update directory.email_files set outcome = ${outcome}, ended_at = ${now} where file_name = ${fileName}
  `.execute(handle);
}

export async function deleteOldEmails(handle: Handle, before: Date): Promise<void> {
  await sql`delete from directory.email_files where created_at < ${before}`.execute(handle);
}
