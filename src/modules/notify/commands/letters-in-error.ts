import type { Actor } from '#platform/auth';
import type { NotifyContext } from '../context.ts';
import { scanKey } from '../letter-production/letter-files.ts';
import { checkPrecompiledTask } from '../tasks/definitions.ts';
import { resetToScan } from './one-off-queries.ts';

const [FOLDER = '', ENDING = ''] = scanKey('|').split('|');
const PAGE = 500;

/**
 * Letters whose scan or check ended in an error (internals section 10, F30) still have their file where uploads wait: they
 * wait for their scan again. `id` names one; all without. Returns those it found; a second call finds none.
 */
export async function replayLettersInError(
  ctx: NotifyContext,
  options: { id: string | undefined; actor: Actor },
): Promise<string[]> {
  const replayed: string[] = [];
  let page: string[] = [];
  const flush = async () => {
    replayed.push(...(await replay(ctx, page, options.actor)));
    page = [];
  };
  const prefix = options.id === undefined ? FOLDER : scanKey(options.id);
  for await (const { key } of ctx.blobs.list(prefix)) {
    page.push(key.slice(FOLDER.length, -ENDING.length));
    if (page.length === PAGE) await flush();
  }
  await flush();
  return replayed;
}

async function replay(ctx: NotifyContext, ids: readonly string[], actor: Actor): Promise<string[]> {
  if (ids.length === 0) return [];
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const letters = await resetToScan(trx, ids, ctx.clock.now());
    await ctx.jobs.enqueue(
      trx,
      checkPrecompiledTask,
      letters.map(({ id, service_id: serviceId }) => ({ payload: { id }, key: serviceId })),
    );
    for (const { id } of letters) {
      await ctx.audit(trx, { actor, action: 'letter.rescanned', target: `notification:${id}` });
    }
    return letters.map(({ id }) => id);
  });
}
