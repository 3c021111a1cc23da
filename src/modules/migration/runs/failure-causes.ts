import type { MigrationContext } from '../context.ts';

export interface FailureCause {
  cause: string;
  count: number;
}

const LOOKED_AT = 5_000;

/** Dead letters of a task by cause, from the newest few thousand. */
export async function readFailureCauses(ctx: MigrationContext, task: string): Promise<FailureCause[]> {
  const counts = new Map<string, number>();
  let seen = 0;
  for (let after: string | undefined; seen < LOOKED_AT; ) {
    const page = await ctx.jobs.failures.list(
      { task, state: 'failed' },
      { limit: 1_000, ...(after === undefined ? {} : { after }) },
    );
    for (const { cause } of page.failures) counts.set(cause, (counts.get(cause) ?? 0) + 1);
    seen += page.failures.length;
    after = page.next;
    if (after === undefined) break;
  }
  return [...counts].map(([cause, count]) => ({ cause, count })).sort((a, b) => b.count - a.count);
}
