import type { MigrationContext } from '../context.ts';
import { deleteMappingsBefore } from './mapping-queries.ts';

const DAY_MS = 86_400_000;
const AT_ONCE = 5_000;

/** Each night: mappings older than their domain keeps them (spec section 4), some at a time. */
export function expireMappings(ctx: MigrationContext) {
  return async (): Promise<void> => {
    for (const { type, mapping } of ctx.domains) {
      if (mapping?.keepDays === undefined) continue;
      const before = new Date(ctx.clock.now().getTime() - mapping.keepDays * DAY_MS);
      let removed = 0;
      for (let last = AT_ONCE; last === AT_ONCE; removed += last) {
        last = await deleteMappingsBefore(ctx.db.kysely, type, { before, limit: AT_ONCE });
      }
      if (removed > 0) ctx.log.info({ type, removed }, 'old mappings removed');
    }
  };
}
