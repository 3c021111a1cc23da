import { readFile } from 'node:fs/promises';
import { CommandRefusal, type ModuleCommand } from '#platform/module';
import type { NotifyContext } from '../context.ts';
import { text, textOf } from './arguments.ts';
import {
  associateServices,
  type ImportResult,
  importAgreements,
  importGoLive,
  importOrganisations,
  importVolumes,
} from './imports.ts';

type Import = (ctx: NotifyContext, file: string) => Promise<ImportResult>;

const IMPORTS: { name: string; summary: string; file: string; run: Import }[] = [
  {
    name: 'populate-organisations-from-file',
    summary: 'Add organisations and their domains',
    file: 'Header, then name|type|crown|agreement signed|domains|email brand|letter brand',
    run: importOrganisations,
  },
  {
    name: 'populate-organisation-agreement-details-from-file',
    summary: 'Note which organisations have signed the agreement',
    file: 'CSV with header: id, version, signed on behalf of, day as DD/MM/YYYY',
    run: importAgreements,
  },
  {
    name: 'populate-service-volume-intentions',
    summary: 'Note how much services mean to send in a year',
    file: 'CSV with header: service id, texts, emails, letters',
    run: importVolumes,
  },
  {
    name: 'populate-go-live',
    summary: 'Note when services went live, and who asked for it',
    file: 'CSV with header, of which columns 3, 7 and 9 are service id, address and day as DD/MM/YYYY',
    run: importGoLive,
  },
];

/** What people have in spreadsheets; each import can be repeated. */
export function importCommands(ctx: NotifyContext): ModuleCommand[] {
  const fromFiles = IMPORTS.map(
    ({ name, summary, file, run }): ModuleCommand => ({
      name,
      summary,
      options: { 'file-name': text(file, { short: 'f', required: true }) },
      run: async (values, print) => {
        const result = await run(ctx, await readFile(textOf(values, 'file-name'), 'utf8'));
        for (const problem of result.problems) print(problem);
        print(`Took ${result.done} lines`);
        if (result.problems.length > 0) {
          throw new CommandRefusal(`${result.problems.length} lines were left out; nothing of them was kept`);
        }
        return result;
      },
    }),
  );
  return [
    ...fromFiles,
    {
      name: 'associate-services-to-organisations',
      summary: 'Give services of no organisation to the one of their maker’s address',
      options: {},
      run: async (_values, print) => {
        const result = await associateServices(ctx);
        print(`${result.associated} services have an organisation now; ${result.left} still have none`);
        return result;
      },
    },
  ];
}
