import type { RawBuilder } from 'kysely';
import type { Database, Handle } from '#platform/db';

/** Where a statement runs: on a transaction, or by itself under a name, so that each connection plans it once. */
export type StatementTarget = Handle | Database;

interface CompiledStatement {
  text: string;
  parameters: readonly unknown[];
}

/** Stands for the value while a statement is put together, and is replaced each time it runs. */
const VALUE = '\u0001value';

/** Statements by name. Putting such a long text together takes this process longer than sending it. */
const compiled = new Map<string, CompiledStatement>();

/**
 * Runs a statement whose text is always the same, whatever `value` is: `build` is asked once for each name. By itself
 * it is a transaction, and its plan is kept under the name: planning these statements takes PostgreSQL longer than
 * running them for one row.
 */
export async function runStatement<T extends object>(
  target: StatementTarget,
  statement: { name: string; build: (value: string) => RawBuilder<T> },
  value: string,
): Promise<T[]> {
  const { name, build } = statement;
  if (!('pool' in target)) return (await build(value).execute(target)).rows;
  let known = compiled.get(name);
  if (known === undefined) {
    const { sql: text, parameters } = build(VALUE).compile(target.kysely);
    known = { text, parameters };
    compiled.set(name, known);
  }
  const values = known.parameters.map((parameter) => (parameter === VALUE ? value : parameter));
  return (await target.pool.query<T>({ name, text: known.text, values })).rows;
}
