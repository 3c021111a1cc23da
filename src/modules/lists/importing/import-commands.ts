import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { readRows, type SourceRow, UnknownFileError } from '#platform/files';
import { CommandRefusal, type ModuleCommand } from '#platform/module';
import type { ListsContext } from '../context.ts';
import { exportList } from '../tools/export.ts';
import { type ExportedList, importList } from './import-list.ts';
import { importOriginal } from './import-original.ts';
import { importProducts } from './import-products.ts';
import { SeededSchema, SeedSchema, seed, unseed } from './seed.ts';

/** Commands that bring data in and out: spec sections 8.7 and 13.3. */
export function importCommands(ctx: ListsContext): ModuleCommand[] {
  return [
    importOriginalCommand(ctx),
    importProductsCommand(ctx),
    exportCommand(ctx),
    importListCommand(ctx),
    seedCommand(ctx),
    unseedCommand(ctx),
  ];
}

function importOriginalCommand(ctx: ListsContext): ModuleCommand {
  return {
    name: 'import-original',
    summary: 'Take over exports of the tables of the original, everything or nothing',
    options: {
      lists: { type: 'string', description: 'Export of the lists table, .jsonl', required: true },
      products: { type: 'string', description: 'Export of the products table, .jsonl' },
      notfound: { type: 'string', description: 'Export of the notfound table, .jsonl' },
    },
    run: async (values, print) => {
      const report = await importOriginal(ctx, {
        lists: open(values.lists),
        products: values.products === undefined ? undefined : open(values.products),
        notFound: values.notfound === undefined ? undefined : open(values.notfound),
      });
      const { violations, problems, ...counts } = report;
      for (const [what, number] of Object.entries(counts)) print(`${what.padEnd(14)} ${number}`);
      for (const problem of problems) print(problem);
      for (const { list_id: list, product_id: product } of violations) {
        print(`gift ${product} of list ${list}: its counters are not the sum of its reservations`);
      }
      return report;
    },
  };
}

function importProductsCommand(ctx: ListsContext): ModuleCommand {
  return {
    name: 'import-products',
    summary: 'Write catalogue products from a CSV file; empty cells leave what is there',
    positionals: [
      {
        name: 'file',
        description:
          'Columns productId, retailer, brand, details, productUrl, imageUrl, price, priceCheckedDate, createdAt',
      },
    ],
    options: {},
    run: async (values, print) => {
      const report = await importProducts(ctx, open(values.file));
      for (const { line, problem } of report.refused) print(`line ${line} ${problem}`);
      print(`${report.created} created, ${report.updated} updated, ${report.refused.length} refused`);
      return report;
    },
  };
}

const EXPORT_FILES = { list: 'list.json', products: 'products.json', notFoundProducts: 'notfound.json' };

function exportCommand(ctx: ListsContext): ModuleCommand {
  return {
    name: 'export',
    summary: 'Print one list with its gifts and products, or write it to three files',
    options: {
      list: { type: 'string', description: 'Id of the list', required: true },
      out: { type: 'string', description: `Folder for ${Object.values(EXPORT_FILES).join(', ')}` },
    },
    run: async (values, print) => {
      const { products, notFoundProducts, ...list } = await exportList(ctx, String(values.list));
      const data = { ...list, products, notFoundProducts };
      if (typeof values.out !== 'string') {
        print(JSON.stringify(data, null, 2));
        return data;
      }
      await mkdir(values.out, { recursive: true });
      for (const [name, part] of Object.entries({ list, products, notFoundProducts })) {
        const file = join(values.out, EXPORT_FILES[name as keyof typeof EXPORT_FILES]);
        await writeFile(file, `${JSON.stringify(part, null, 2)}\n`);
        print(file);
      }
      return data;
    },
  };
}

function importListCommand(ctx: ListsContext): ModuleCommand {
  return {
    name: 'import',
    summary: 'Bring an exported list in as a list of somebody here, for tests',
    options: {
      from: { type: 'string', description: 'Folder that `export --out` wrote', required: true },
      owner: { type: 'string', description: 'E-mail address of the user who gets the list', required: true },
    },
    run: async (values, print) => {
      const part = (name: keyof typeof EXPORT_FILES) =>
        readJson(join(String(values.from), EXPORT_FILES[name]));
      // Files that this program wrote; what does not fit is refused by the tables.
      const exported = {
        ...((await part('list')) as object),
        products: await part('products'),
        notFoundProducts: await part('notFoundProducts'),
      } as ExportedList;
      const result = await importList(ctx, exported, String(values.owner));
      print(`List ${result.listId} with ${result.gifts} gifts and ${result.reservations} reservations`);
      return result;
    },
  };
}

function seedCommand(ctx: ListsContext): ModuleCommand {
  return {
    name: 'seed',
    summary: 'Make a user, a list, products and reservations for tests, and print their ids',
    positionals: [
      { name: 'file', description: 'JSON with user, and list, products, reservations if wanted' },
    ],
    options: {},
    run: async (values, print) => {
      const ids = await seed(ctx, check(SeedSchema, await readJson(String(values.file))));
      print(JSON.stringify(ids));
      return ids;
    },
  };
}

function unseedCommand(ctx: ListsContext): ModuleCommand {
  return {
    name: 'unseed',
    summary: 'Take away what tests made; what is gone already is no matter',
    positionals: [{ name: 'file', description: 'JSON with user_email, list_id, product_ids' }],
    options: {},
    run: async (values, print) => {
      const result = await unseed(ctx, check(SeededSchema, await readJson(String(values.file))));
      print(`${result.removed} removed`);
      return result;
    },
  };
}

function open(file: unknown): AsyncIterable<SourceRow> {
  const name = String(file);
  if (!existsSync(name)) throw new CommandRefusal(`There is no file ${name}`, 2);
  try {
    return readRows(name);
  } catch (error) {
    if (error instanceof UnknownFileError) throw new CommandRefusal(error.message, 2);
    throw error;
  }
}

async function readJson(file: string): Promise<unknown> {
  if (!existsSync(file)) throw new CommandRefusal(`There is no file ${file}`, 2);
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CommandRefusal(`${file} is no JSON: ${error instanceof Error ? error.message : error}`, 2);
  }
}

function check<S extends TSchema>(schema: S, value: unknown): Static<S> {
  const [problem] = Value.Errors(schema, value);
  if (problem) throw new CommandRefusal(`${problem.instancePath || 'The file'} ${problem.message}`, 2);
  // Every error would have been named above.
  return value as Static<S>;
}
