import { existsSync } from 'node:fs';
import { readRows } from '#platform/files';
import { CommandRefusal, type ModuleCommand } from '#platform/module';
import { importOriginal } from '../bulk/import-original.ts';
import type { PartiesContext } from '../context.ts';

/** `signalbox parties import <file>`: the register of the original, as its table holds it (spec sections 4.1 and 6.12). */
export function importCommand(ctx: PartiesContext): ModuleCommand {
  return {
    name: 'import',
    summary: "Take over an export of the original's table, all of it or nothing",
    positionals: [
      {
        name: 'file',
        description: 'A .jsonl with an item on each line, in typed JSON as DynamoDB exports it',
      },
    ],
    options: {},
    run: async (values, print) => {
      const file = String(values.file);
      if (!existsSync(file)) throw new CommandRefusal(`There is no file ${file}`, 2);
      if (!/\.(jsonl|ndjson)$/i.test(file)) throw new CommandRefusal('The file must end in .jsonl', 2);
      const result = await importOriginal(ctx, readRows(file));
      print(`${result.teams} teams and ${result.products} products, ${result.deleted} of them deleted.`);
      return result;
    },
  };
}
