// Letters that came back: internals section 6.10.7.
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { londonDay } from '../calendar/london.ts';
import { queueCallbacks } from '../callbacks/queue-callbacks.ts';
import type { NotifyContext } from '../context.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { PRECOMPILED_NAME } from '../services/templates.ts';
import { processReturnedLettersTask, type ReturnedLettersPayload } from '../tasks/definitions.ts';
import { markReturned, type ReturnedRow } from './returned-letter-queries.ts';

const CHUNK = 5_000;

/** Takes a list of references that the printer reports as returned; durable once it resolves. */
export async function reportReturnedLetters(
  ctx: Pick<NotifyContext, 'jobs'>,
  references: readonly string[],
  correlationId?: string,
): Promise<void> {
  const chunks = Array.from({ length: Math.ceil(references.length / CHUNK) }, (_, place) =>
    references.slice(place * CHUNK, (place + 1) * CHUNK),
  );
  await ctx.jobs.enqueue(
    null,
    processReturnedLettersTask,
    chunks.map((chunk) => ({
      payload: { references: chunk },
      ...(correlationId === undefined ? {} : { correlationId }),
    })),
  );
}

/** The run of `notify.process_returned_letters_list`: status, day and callback of each letter in one transaction. */
export function processReturnedLetters(ctx: NotifyContext) {
  return async (jobs: Job<ReturnedLettersPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    for (const job of jobs) {
      const { references } = job.payload;
      const rows = await ctx.db.kysely.transaction().execute(async (trx) => {
        const now = ctx.clock.now();
        const found = await markReturned(trx, { references, day: londonDay(now), now });
        await queueCallbacks(
          ctx,
          trx,
          'returned_letter',
          found.map((row) => ({
            serviceId: row.service_id,
            aboutId: row.id,
            causedAt: now,
            correlationId: job.correlationId,
            body: returnedLetterBody(row),
          })),
        );
        await run.complete(trx, [job.id]);
        return found;
      });
      const unknown = new Set(references).size - rows.length;
      if (unknown > 0) ctx.log.warn({ unknown }, 'returned letters with references that nobody knows');
    }
    return jobs.map((job) => ({ id: job.id, status: 'completed' }));
  };
}

function returnedLetterBody(row: ReturnedRow): object {
  const isPrecompiled = row.template_hidden && row.template_name === PRECOMPILED_NAME;
  const isUpload = isPrecompiled && row.api_key_id === null && row.job_id === null;
  return {
    notification_id: row.id,
    reference: row.api_key_id === null ? null : row.client_reference,
    date_sent: timestamp(row.created_at),
    sent_by: row.created_by_email ?? 'API',
    template_name: isPrecompiled ? null : row.template_name,
    // As the original has it, which clients may compare.
    template_id: isPrecompiled ? 'None' : row.template_id,
    template_version: isPrecompiled ? null : row.template_version,
    spreadsheet_file_name: row.file_name,
    spreadsheet_row_number: row.job_row_number === null ? null : row.job_row_number + 2,
    upload_letter_file_name: isUpload ? row.client_reference : null,
  };
}
