import type { FastifyInstance } from 'fastify';
import type { PageTools } from '#platform/console';
import type { MigrationContext } from '../context.ts';
import { readCutover } from '../cutover/cutover.ts';
import type { Domain } from '../engine/domain.ts';
import { countOf } from '../queues/dead-letters.ts';
import { listQueues } from '../queues/queue-catalogue.ts';
import { countDifferences } from '../reconcile/difference-queries.ts';
import { selectNewestRun } from '../runs/run-queries.ts';

const view = new URL('./overview.njk', import.meta.url);

/** Every domain with its newest run, dead letters, differences and who leads. */
export function registerOverview(app: FastifyInstance, page: PageTools, ctx: MigrationContext): void {
  app.get('/', async (_request, reply) => {
    const domains = await Promise.all(
      ctx.domains.map(async (domain) => ({
        type: domain.type,
        title: domain.title,
        href: `/pages/migration/domains/${domain.type}`,
        run: await selectNewestRun(ctx.db.kysely, domain.type),
        hasBulk: domain.bulk !== undefined,
        ...(await failuresOf(ctx, domain)),
        differences: sum(await countDifferences(ctx.db.kysely, domain.type)),
        cutover: await readCutover(ctx, domain.type),
      })),
    );
    return page.render(reply, view, { title: 'Migration', domains });
  });
}

/** Failed jobs of its runs and of its events, and where they are listed. */
async function failuresOf(
  ctx: MigrationContext,
  domain: Domain,
): Promise<{ failed: number; failedHref: string }> {
  const queues = listQueues(ctx).filter((queue) => queue.domain === domain);
  const counts = await Promise.all(queues.map((queue) => countOf(ctx, queue)));
  const [only, ...others] = queues.filter((_queue, at) => (counts[at] ?? 0) > 0);
  const query = only && others.length === 0 ? `task=${only.task}` : 'module=migration';
  return { failed: counts.reduce((total, count) => total + count, 0), failedHref: `/failures?${query}` };
}

export function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
