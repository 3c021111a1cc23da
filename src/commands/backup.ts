import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readPlatformConfig } from '#platform/config';
import { backupEmbedded, readEmbeddedUrl } from '#platform/db';
import { type Command, CommandError } from './command.ts';

export const command: Command = {
  name: 'backup',
  summary: 'Copy the embedded database while it runs',
  usage: '[file]',
  description:
    'Writes one archive with every database of the embedded server, consistent although work goes on. The file name\n' +
    'defaults to signalbox-<time>.tar.gz here. With DATABASE_URL use the backup of that server.',
  options: { json: { type: 'boolean', description: 'Print JSON' } },
  run: async (input) => {
    const config = readPlatformConfig(input.environment, input.workingDirectory);
    const url = await readEmbeddedUrl(config.dataDir);
    if (url === undefined) {
      throw new CommandError(
        `No embedded database runs on ${config.dataDir}. Start Signalbox first; a database named by DATABASE_URL is backed up with its own tools.`,
      );
    }
    const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
    const target = resolve(input.workingDirectory, input.positionals[0] ?? `signalbox-${time}.tar.gz`);
    await backupEmbedded({ url, dataDir: config.dataDir, target });
    const { size: bytes } = await stat(target);
    console.log(
      input.values.json
        ? JSON.stringify({ file: target, bytes })
        : `${target} (${(bytes / 1_048_576).toFixed(1)} MB)\nBring it back with: signalbox restore ${target}`,
    );
    return 0;
  },
};
