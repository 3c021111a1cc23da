import { resolve } from 'node:path';
import { readPlatformConfig } from '#platform/config';
import { restoreEmbedded } from '#platform/db';
import { type Command, CommandError } from './command.ts';
import { noOptions } from './roles.ts';

export const command: Command = {
  name: 'restore',
  summary: 'Bring a backup back',
  usage: '<file>',
  description:
    'Unpacks a backup into the data folder (SIGNALBOX_DATA_DIR), which must have no database yet. Then start Signalbox.',
  options: noOptions,
  run: async (input) => {
    const [file] = input.positionals;
    if (file === undefined) throw new CommandError('Name the backup: signalbox restore <file>', 2);
    const config = readPlatformConfig(input.environment, input.workingDirectory);
    try {
      await restoreEmbedded({ source: resolve(input.workingDirectory, file), dataDir: config.dataDir });
    } catch (error) {
      throw new CommandError(`Not restored: ${error instanceof Error ? error.message : error}`);
    }
    console.log(`Restored into ${config.dataDir}. Start it with: npm start`);
    return 0;
  },
};
