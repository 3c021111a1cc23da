import { parseArgs } from 'node:util';
import { CommandRefusal, type ModuleCommand } from '#platform/module';
import { moduleDefinitions } from '../app.ts';
import { type Command, CommandError, type CommandInput, parseOptions } from './command.ts';
import { hasDatabase, withApp } from './connection.ts';

const WIDEST_NAME = 32;
const JSON_OPTION = { type: 'boolean', description: 'Print one JSON document' } as const;

/** `signalbox <module> <name> ...`: what the module itself offers. */
export function findModuleCommands(module: string): Command | undefined {
  const definition = moduleDefinitions.find(({ name }) => name === module);
  if (!definition) return undefined;
  return {
    name: module,
    summary: `Commands of the ${module} module`,
    usage: '<command> [options]',
    options: {},
    readsArguments: true,
    run: (input) => runModuleCommand(module, input),
  };
}

/** What a module offers is known once it is made, so even the help needs the database. */
async function runModuleCommand(module: string, input: CommandInput): Promise<number> {
  const [name, ...rest] = input.positionals;
  if ((name === undefined || input.positionals.some(isHelp)) && !(await hasDatabase(input))) {
    throw new CommandError(
      `Usage: signalbox ${module} <command> [options]\n\n` +
        'What the module offers depends on its settings and is listed while Signalbox runs: start it with npm start, then ask\n' +
        'again. Another installation is named by SIGNALBOX_DATA_DIR or DATABASE_URL.',
    );
  }
  return withApp(input, async (app) => {
    const running = app.modules.find(({ definition }) => definition.name === module);
    if (!running) throw new CommandError(`The ${module} module is not among SIGNALBOX_MODULES`);
    const commands = running.module.commands ?? [];
    if (name === undefined || isHelp(name)) {
      console.log(describeModuleCommands(module, commands));
      return name === undefined ? 2 : 0;
    }
    const command = commands.find((candidate) => candidate.name === withDashes(name, [candidate.name]));
    if (!command) {
      throw new CommandError(
        `${module} has no command "${name}".\n\n${describeModuleCommands(module, commands)}`,
        2,
      );
    }
    if (rest.some(isHelp)) {
      console.log(describeModuleCommand(module, command));
      return 0;
    }
    await runOne(module, command, rest);
    return 0;
  });
}

async function runOne(module: string, command: ModuleCommand, args: string[]): Promise<void> {
  const { json, ...values } = readValues(module, command, args);
  try {
    const result = await command.run(values, (line) => {
      if (!json) console.log(line);
    });
    if (json) console.log(JSON.stringify(result ?? null));
  } catch (error) {
    if (error instanceof CommandRefusal) throw new CommandError(error.message, error.exitCode);
    throw error;
  }
}

/** A name as it is known, where it was written with underscores; anything else stays as it is. */
function withDashes(word: string, known: readonly string[]): string {
  const [name = ''] = word.split('=', 1);
  const dashed = name.replaceAll('_', '-');
  return known.includes(name) || !known.includes(dashed) ? word : dashed + word.slice(name.length);
}

/** `NAME=value` among the words stands for `--name value`, as make takes it; takes those out of the positionals. */
function readNamed(
  command: ModuleCommand,
  parsed: { values: Record<string, unknown>; positionals: string[] },
): void {
  parsed.positionals = parsed.positionals.filter((word) => {
    const [, name = '', value] = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(word) ?? [];
    const option = name.toLowerCase().replaceAll('_', '-');
    if (value === undefined || command.options[option]?.type !== 'string') return true;
    parsed.values[option] = value;
    return false;
  });
}

/** The options and positionals by name; throws a CommandError with the usage when they are not what the command takes. */
export function readValues(module: string, command: ModuleCommand, args: string[]) {
  const { positionals: wanted = [] } = command;
  const usage = describeModuleCommand(module, command);
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    const options = parseOptions({ ...command.options, json: JSON_OPTION });
    const words = args.map((word) =>
      withDashes(
        word,
        Object.keys(options).map((option) => `--${option}`),
      ),
    );
    parsed = parseArgs({ args: words, options, allowPositionals: true });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : error}\n\n${usage}`, 2);
  }
  readNamed(command, parsed);
  const missing = [
    ...wanted.slice(parsed.positionals.length).map(({ name }) => `<${name}>`),
    ...Object.entries(command.options)
      .filter(([name, option]) => option.required && parsed.values[name] === undefined)
      .map(([name]) => `--${name}`),
  ];
  if (missing.length > 0) throw new CommandError(`Missing: ${missing.join(', ')}\n\n${usage}`, 2);
  const surplus = parsed.positionals.slice(wanted.length);
  if (surplus.length > 0) throw new CommandError(`Not understood: ${surplus.join(' ')}\n\n${usage}`, 2);
  // parseArgs gives texts and flags only, by the option types above.
  const values = parsed.values as Record<string, string | boolean | undefined>;
  return {
    ...values,
    ...Object.fromEntries(wanted.map(({ name }, at) => [name, parsed.positionals[at]])),
  } as {
    [name: string]: string | boolean | undefined;
    json?: boolean;
  };
}

function describeModuleCommands(module: string, commands: ModuleCommand[]): string {
  if (commands.length === 0) return `The ${module} module has no commands.`;
  const longest = Math.max(...commands.map(({ name }) => name.length));
  const width = Math.min(longest, WIDEST_NAME);
  // What a longer name does stands below it.
  const line = ({ name, summary }: ModuleCommand): string =>
    name.length > width
      ? `  ${name}\n${' '.repeat(width + 4)}${summary}`
      : `  ${name.padEnd(width)}  ${summary}`;
  return [
    `Usage: signalbox ${module} <command> [options]`,
    '',
    ...commands.map(line),
    '',
    `signalbox ${module} <command> --help says more about one.`,
  ].join('\n');
}

function describeModuleCommand(module: string, command: ModuleCommand): string {
  const { name, summary, positionals = [], options } = command;
  const named: ModuleCommand['options'] = { ...options, json: JSON_OPTION };
  const rows = [
    ...positionals.map((positional) => [`<${positional.name}>`, positional.description] as const),
    ...Object.entries(named).map(
      ([option, { type, description, short }]) =>
        [
          `${short ? `-${short}, ` : ''}--${option}${type === 'string' ? ' <value>' : ''}`,
          description,
        ] as const,
    ),
  ];
  const width = Math.max(...rows.map(([flag]) => flag.length));
  const words = positionals.map((positional) => ` <${positional.name}>`).join('');
  return [
    `Usage: signalbox ${module} ${name}${words} [options]`,
    '',
    summary,
    '',
    ...rows.map(([flag, description]) => `  ${flag.padEnd(width)}  ${description}`),
  ].join('\n');
}

function isHelp(text: string): boolean {
  return text === '--help' || text === '-h';
}
