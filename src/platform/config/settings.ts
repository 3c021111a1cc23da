/**
 * Settings come from the environment, once. A declaration says name, default, meaning and how to read the text;
 * the type of the value follows from it, and the settings table in docs/operations.md is made from the same list.
 */
export interface SettingDeclaration<T> {
  name: string;
  /** Text used when the variable is absent or empty; `undefined` leaves the value `undefined`. */
  fallback: string | undefined;
  description: string;
  isSecret: boolean;
  parse: (text: string) => T;
}

// biome-ignore lint/suspicious/noExplicitAny: a record of declarations of any value type; the mapped type below keeps each.
export type Settings = Record<string, SettingDeclaration<any>>;

export type SettingValues<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends SettingDeclaration<infer T> ? T : never;
};

/** Every problem found, in one message: the reader mends all of them at once. */
export class SettingsError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`Settings are not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

interface Described<F extends string | undefined> {
  fallback: F;
  description: string;
  secret?: boolean;
}

type OrUndefined<T, F> = F extends string ? T : T | undefined;

function declare<T, F extends string | undefined>(
  name: string,
  described: Described<F>,
  parse: (text: string) => T,
): SettingDeclaration<OrUndefined<T, F>> {
  return {
    name,
    fallback: described.fallback,
    description: described.description,
    isSecret: described.secret ?? false,
    // The cast drops only the `| undefined` that the fallback decides; readSettings never parses an absent text.
    parse: parse as (text: string) => OrUndefined<T, F>,
  };
}

export const setting = {
  text: <const F extends string | undefined>(name: string, described: Described<F>) =>
    declare(name, described, (text) => text),

  integer: <const F extends string | undefined>(
    name: string,
    described: Described<F>,
    range: { min: number; max: number } = { min: 0, max: Number.MAX_SAFE_INTEGER },
  ) =>
    declare(name, described, (text) => {
      const value = Number(text);
      if (!Number.isInteger(value) || value < range.min || value > range.max) {
        throw new Error(`must be a whole number from ${range.min} to ${range.max}`);
      }
      return value;
    }),

  flag: <const F extends string | undefined>(name: string, described: Described<F>) =>
    declare(name, described, (text) => {
      if (['on', 'true', '1', 'yes'].includes(text.toLowerCase())) return true;
      if (['off', 'false', '0', 'no'].includes(text.toLowerCase())) return false;
      throw new Error('must be on or off');
    }),

  oneOf: <const V extends string, const F extends string | undefined>(
    name: string,
    values: readonly V[],
    described: Described<F>,
  ) =>
    declare(name, described, (text) => {
      const value = values.find((candidate) => candidate === text);
      if (value === undefined) throw new Error(`must be one of ${values.join(', ')}`);
      return value;
    }),

  list: <const F extends string | undefined>(name: string, described: Described<F>) =>
    declare(name, described, (text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    ),

  url: <const F extends string | undefined>(name: string, described: Described<F>) =>
    declare(name, described, (text) => {
      if (!URL.canParse(text)) throw new Error('must be a URL');
      return text;
    }),

  json: <T, const F extends string | undefined>(
    name: string,
    described: Described<F>,
    check: (value: unknown) => T,
  ) => declare(name, described, (text) => check(JSON.parse(text))),
};

/**
 * Reads all declared settings from `environment`; throws one SettingsError naming every bad one.
 * The messages never repeat a secret's text.
 */
export function readSettings<S extends Settings>(
  declarations: S,
  environment: NodeJS.ProcessEnv,
): SettingValues<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, declaration] of Object.entries(declarations)) {
    const given = environment[declaration.name];
    const text = given === undefined || given === '' ? declaration.fallback : given;
    if (text === undefined) {
      values[key] = undefined;
      continue;
    }
    try {
      values[key] = declaration.parse(text);
    } catch (error) {
      const shown = declaration.isSecret ? '[redacted]' : JSON.stringify(text);
      const why = error instanceof Error ? error.message : String(error);
      problems.push(`${declaration.name} ${why}, and is ${shown}`);
    }
  }
  if (problems.length > 0) throw new SettingsError(problems);
  // Built key by key from the same declarations, which the loop cannot express to the type checker.
  return Object.freeze(values) as SettingValues<S>;
}

/** Rows for the generated settings table: name, default as text, meaning. */
export function describeSettings(
  declarations: Settings,
): { name: string; fallback: string; description: string }[] {
  return Object.values(declarations).map((declaration) => ({
    name: declaration.name,
    fallback: declaration.isSecret ? '' : (declaration.fallback ?? ''),
    description: declaration.description,
  }));
}
