import type { ParseArgsConfig } from 'node:util';

/** One word after `signalbox`. Files in this folder export one each; `index.ts` lists them. */
export interface Command {
  name: string;
  summary: string;
  /** What follows the name in the usage line. */
  usage: string;
  /** Shown under the usage line: what it does, what it needs. */
  description?: string;
  options: Record<string, CommandOption>;
  /** The command reads its arguments itself: all of them come as positionals, `--help` included. */
  readsArguments?: true;
  /** Returns the exit code. Throw a CommandError to tell the person what to do. */
  run(input: CommandInput): Promise<number>;
}

export interface CommandOption {
  type: 'string' | 'boolean';
  short?: string;
  description: string;
}

export interface CommandInput {
  positionals: string[];
  /** A string option is a text or absent, a boolean option true or absent. */
  values: Record<string, string | boolean | undefined>;
  environment: NodeJS.ProcessEnv;
  workingDirectory: string;
}

/** A failure the person at the terminal can mend: printed as it is, without a stack. */
export class CommandError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

export function textOption(input: CommandInput, name: string): string | undefined {
  const value = input.values[name];
  return typeof value === 'string' ? value : undefined;
}

export function integerOption(input: CommandInput, name: string, fallback: number): number {
  const text = textOption(input, name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new CommandError(`--${name} must be a whole number`, 2);
  return value;
}

export function parseOptions(options: Command['options']): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { type, short }]) => [name, short ? { type, short } : { type }]),
  );
}
