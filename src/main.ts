import { enableCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import { resolveQuickly } from './bundled-packages.ts';

// Parsed and type-stripped sources are kept between starts; a second start is several times quicker.
enableCompileCache();
resolveQuickly();

const { CommandError, parseOptions } = await import('./commands/command.ts');
const { describeCommand, describeCommands, findCommand } = await import('./commands/index.ts');
const { SettingsError } = await import('#platform/config');

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(describeCommands());
    return name === undefined ? 2 : 0;
  }
  const command = await findCommand(name);
  if (!command) throw new CommandError(`There is no command "${name}". See signalbox --help`, 2);
  const surroundings = { environment: process.env, workingDirectory: process.cwd() };
  if (command.readsArguments) return command.run({ positionals: rest, values: {}, ...surroundings });
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(describeCommand(command));
    return 0;
  }
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: rest, options: parseOptions(command.options), allowPositionals: true });
  } catch (error) {
    throw new CommandError(
      `${error instanceof Error ? error.message : error}\n\n${describeCommand(command)}`,
      2,
    );
  }
  return command.run({
    positionals: parsed.positionals,
    // parseArgs gives texts and flags only, by the option types above.
    values: parsed.values as Record<string, string | boolean | undefined>,
    ...surroundings,
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isForPeople = error instanceof CommandError || error instanceof SettingsError;
  if (!isForPeople || error.message !== '') console.error(isForPeople ? error.message : error);
  process.exitCode = error instanceof CommandError ? error.exitCode : 1;
}
// A pipe takes output as fast as its reader does; what is still waiting would be cut off by the exit.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
}
// Every command has released what it opened by now; what a library left behind must not keep the process.
process.exit();
