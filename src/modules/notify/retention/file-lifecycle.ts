import type { TaskRun } from '#platform/jobs';
import type { NotifyContext } from '../context.ts';

const DAY_MS = 86_400_000;
/** No PDF of a letter is kept longer, whatever became of its row: internals section 6.11.4. */
export const LETTER_FILE_DAYS = 90;
const FOLDERS = ['letters-scan', 'letters-invalid-pdf', 'test-letters', 'letters-transient'];

/** Each night: what a bucket's lifecycle would do, by the age of the file and by nothing else. */
export function deleteExpiredFiles(ctx: Pick<NotifyContext, 'blobs' | 'clock' | 'log'>) {
  return async (run: Pick<TaskRun, 'signal'>): Promise<void> => {
    const oldest = new Date(ctx.clock.now().getTime() - LETTER_FILE_DAYS * DAY_MS);
    const oldestDay = oldest.toISOString().slice(0, 10);
    let deleted = 0;
    const expire = async (prefix: string, endsAtDay?: string) => {
      for await (const { key, modifiedAt } of ctx.blobs.list(prefix)) {
        if (run.signal.aborted) return;
        // Printable letters lie in folders of their days, in order: no file is older than its folder.
        if (endsAtDay !== undefined && key.slice(prefix.length, prefix.length + 10) > endsAtDay) return;
        if (modifiedAt > oldest) continue;
        await ctx.blobs.delete(key);
        deleted += 1;
      }
    };
    await expire('notify/letters-pdf/', oldestDay);
    for (const folder of FOLDERS) await expire(`notify/${folder}/`);
    if (deleted > 0)
      ctx.log.warn({ deleted, days: LETTER_FILE_DAYS }, 'letter files reached their greatest age');
  };
}
