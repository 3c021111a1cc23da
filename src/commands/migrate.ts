import type { Command } from './command.ts';
import { withApp } from './connection.ts';
import { noOptions } from './roles.ts';

export const command: Command = {
  name: 'migrate',
  summary: 'Bring the database schemas up to date',
  usage: '',
  description: 'Every role does this at its start; run it first where a release must not wait for it.',
  options: noOptions,
  run: (input) =>
    withApp(input, async (app) => {
      for (const store of app.stores) console.log(`${store.name}: up to date`);
      return 0;
    }),
};
