import { fileURLToPath } from 'node:url';
import { CommandRefusal, type ModuleCommand } from '#platform/module';
import type { PartiesContext } from '../context.ts';
import { generateReservedIds, RESERVED_IDS_FILE } from '../reserved-ids/reserved-ids.ts';
import { insertReservedIds, selectUsedProductIds } from '../store/product-queries.ts';

const LINE = '='.repeat(24);

/** `signalbox parties generate-ids product --count N`: spec section 6.3. */
export function generateIdsCommand(ctx: PartiesContext): ModuleCommand {
  return {
    name: 'generate-ids',
    summary: 'Reserve product ids that the interface will never issue',
    positionals: [{ name: 'kind', description: 'What the ids are for: product' }],
    options: {
      count: { type: 'string', description: 'How many new ids to add; 1 without it' },
      file: { type: 'string', description: 'The list to add to; the one kept with the program without it' },
    },
    run: async (values, print) => {
      if (values.kind !== 'product')
        throw new CommandRefusal('Ids are generated for products: generate-ids product', 2);
      const count = Number(values.count ?? 1);
      if (!Number.isInteger(count) || count < 1) throw new CommandRefusal('--count must be 1 or more', 2);
      const file = typeof values.file === 'string' ? values.file : fileURLToPath(RESERVED_IDS_FILE);
      const { all, added } = await generateReservedIds({
        file,
        count,
        isUsed: (ids) => selectUsedProductIds(ctx.db.kysely, ids),
      });
      await insertReservedIds(ctx.db.kysely, all);
      for (const line of ['Generated Product Ids...', LINE, ...all, LINE]) print(line);
      return { file, added, all };
    },
  };
}
