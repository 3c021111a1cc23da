// A process of its own with the parties module, for tests that kill one. Prints its address as a line, then loads the
// file it was given, if any, and says so with each chunk that is durable; ends when its standard input closes.
import { readPlatformConfig } from '#platform/config';
import { createLogger } from '#platform/telemetry';
import { createApp } from '../../src/app.ts';
import { createModuleServer } from '../../src/listeners.ts';
import { PARTIES_KEY } from '../../src/modules/parties/testing/parties-app.ts';

const [databaseUrl = '', file] = process.argv.slice(2);
const environment = {
  SIGNALBOX_MODULES: 'parties',
  SIGNALBOX_DATA_DIR: '/nonexistent',
  PARTIES_API_KEY: PARTIES_KEY,
  PARTIES_ODS_MODE: 'list',
};
const app = await createApp({
  config: readPlatformConfig(environment, '/'),
  databaseUrl,
  environment,
  log: createLogger({ level: 'error', name: 'killed' }),
  output: process.stderr,
  role: 'test',
});
const [running] = app.modules;
if (!running) throw new Error('The parties module does not run');
const server = await createModuleServer(app, running);
process.stdout.write(`${await server.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.stdin.resume().on('end', () => process.exit(0));
if (file !== undefined) {
  const load = running.module.commands?.find(({ name }) => name === 'load');
  await load?.run({ file }, (line) => void process.stdout.write(`${line}\n`));
}
