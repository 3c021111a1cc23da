import type { ModuleCommand } from '#platform/module';
import { listBackups, restoreBackup, runBackup } from './backups/backups.ts';
import type { ListsContext } from './context.ts';
import { importCommands } from './importing/import-commands.ts';
import { exportUsers } from './tools/export.ts';
import { countNotFound } from './tools/tools-queries.ts';

/** `signalbox lists <name>`: tools of spec sections 8.6, 8.7 and 13.3. */
export function listsCommands(ctx: ListsContext): ModuleCommand[] {
  return [
    {
      name: 'backup',
      summary: 'Back up everything of lists now',
      options: {},
      run: async (_values, print) => {
        const result = await runBackup(ctx, null);
        for (const file of result.files) print(`${file.name}  ${file.bytes} bytes  ${file.sha256}`);
        return result;
      },
    },
    {
      name: 'backups',
      summary: 'List the backups kept',
      options: {},
      run: async (_values, print) => {
        const backups = await listBackups(ctx);
        for (const { name, bytes, createdAt } of backups) print(`${createdAt}  ${name}  ${bytes} bytes`);
        if (backups.length === 0) print('There is no backup yet.');
        return { backups };
      },
    },
    {
      name: 'restore-backup',
      summary: 'Bring a backup into an empty database',
      options: { name: { type: 'string', description: 'Name of the backup', required: true } },
      run: async (values, print) => {
        const counts = await restoreBackup(ctx, String(values.name));
        for (const [table, rows] of Object.entries(counts)) print(`${table.padEnd(24)} ${rows}`);
        return counts;
      },
    },
    {
      name: 'not-found',
      summary: 'Count the not-found products that wait',
      options: {},
      run: async (_values, print) => {
        const count = await countNotFound(ctx.db.kysely);
        print(`There are ${count} items in the NotFound table.`);
        return { count };
      },
    },
    {
      name: 'export-users',
      summary: 'Print all accounts, without passwords',
      options: {},
      run: async (_values, print) => {
        const users = await exportUsers(ctx);
        for (const user of users) print(JSON.stringify(user));
        return { users };
      },
    },
    ...importCommands(ctx),
  ];
}
