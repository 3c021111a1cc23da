import { type Command, CommandError } from './command.ts';
import { withApp } from './connection.ts';
import { noOptions } from './roles.ts';

export const command: Command = {
  name: 'db',
  summary: 'Print database addresses',
  usage: 'url [module | database]',
  description:
    'Prints the connection URL of the platform, of a module, or of a further database a module uses\n' +
    '(`dos` is the Directory of Services). The URL holds the password.',
  options: noOptions,
  run: async (input) => {
    const [verb, name] = input.positionals;
    if (verb !== 'url') throw new CommandError('Usage: signalbox db url [module | database]', 2);
    return withApp(input, async (app) => {
      const [main] = app.stores;
      const urls: Record<string, string> = { platform: main.db.url };
      for (const { definition, module, store } of app.modules) {
        urls[definition.name] = store.db.url;
        Object.assign(urls, module.databases);
      }
      const url = urls[name ?? 'platform'];
      if (url === undefined) {
        throw new CommandError(`No database is called "${name}". Known: ${Object.keys(urls).join(', ')}`, 2);
      }
      console.log(url);
      return 0;
    });
  },
};
