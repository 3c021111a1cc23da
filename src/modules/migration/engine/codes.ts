import { RefusedRecordError } from './domain.ts';

/** Words of the target by codes of the source; a name that every object has is no code. */
export type CodeTable = Readonly<Record<string, string>>;

export function wordOf(table: CodeTable, code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(table, code) ? table[code] : undefined;
}

/** The target's word for a code. Throws RefusedRecordError (F12) for one that has none. */
export function translate(what: string, table: CodeTable, code: string): string {
  const word = wordOf(table, code);
  if (word === undefined) throw new RefusedRecordError(`Unknown ${what} ${code}`);
  return word;
}

/** The same for a code that need not be there: null without one. */
export function translateIfAny(what: string, table: CodeTable, code: string | undefined): string | null {
  return code === undefined ? null : translate(what, table, code);
}
