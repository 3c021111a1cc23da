import type { ModuleCommand } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { selectEmailFiles } from './email-queries.ts';

const SHOWN = 200;

/** `signalbox directory emails`: the stored e-mails, in the form that the original kept as files (4.1). */
export function emailsCommand(ctx: DirectoryContext): ModuleCommand {
  return {
    name: 'emails',
    summary: `List the newest ${SHOWN} rejection e-mails and what became of them`,
    options: {},
    run: async (_values, print) => {
      const files = await selectEmailFiles(ctx.db.kysely, SHOWN);
      for (const { createdAt, outcome, changeId, fileName } of files) {
        print(`${createdAt.toISOString()}  ${(outcome ?? 'waiting').padEnd(10)}  ${changeId}  ${fileName}`);
      }
      if (files.length === 0) print('No e-mail was written in the last 90 days.');
      return files.map((file) => ({
        file_name: file.fileName,
        created_at: file.createdAt,
        outcome: file.outcome,
        change_id: file.changeId,
        correlation_id: file.correlationId,
        email_subject: file.emailSubject,
        email_body: file.emailBody,
        user_id: file.userId,
      }));
    },
  };
}
