// Parsing, analysing and planning a long statement costs PostgreSQL more than running it for a handful of rows, so a
// connection prepares what it is asked again and again. The server then keeps one plan where that is no dearer than a
// plan for each set of values.
import type pg from 'pg';

/** Runs of a statement on one connection before it is prepared there. */
const REPEATS = 4;
/** Each prepared statement holds some memory of its server process. */
const MOST_PREPARED = 100;
/** Texts remembered while they are not yet known to repeat. */
const MOST_REMEMBERED = 400;
/**
 * How long a kept plan lives: made when a table was nearly empty, it may read all of it once it has grown, and the
 * server alone would notice with its next statistics only.
 */
const PLAN_MS = 5_000;
// Their columns may become others when a schema migration runs beside us, and the server refuses a prepared one then.
const HAS_OPEN_COLUMNS = /\b(select|returning)\s+(\w+\.)?\*/i;

interface Remembered {
  runs: number;
  name: string | undefined;
}

/** Makes a connection prepare its repeated statements: those with parameters and a fixed list of columns. `now` in ms. */
export function prepareRepeated(client: pg.ClientBase, now: () => number = () => performance.now()): void {
  const query: (...args: unknown[]) => unknown = client.query.bind(client);
  const remembered = new Map<string, Remembered>();
  let prepared = 0;
  let plannedAt = now();
  const nameOf = (text: string): string | undefined => {
    const known = remembered.get(text);
    if (!known) {
      if (remembered.size < MOST_REMEMBERED) remembered.set(text, { runs: 1, name: undefined });
      return undefined;
    }
    known.runs += 1;
    if (known.runs === REPEATS && prepared < MOST_PREPARED && !HAS_OPEN_COLUMNS.test(text)) {
      prepared += 1;
      known.name = `signalbox_${prepared}`;
    }
    return known.name;
  };
  const run = (...args: unknown[]): unknown => {
    const [text, values] = args;
    if (args.length !== 2 || typeof text !== 'string' || !Array.isArray(values) || values.length === 0) {
      return query(...args);
    }
    const name = nameOf(text);
    if (name === undefined) return query(text, values);
    const statement = { name, text, values };
    if (now() - plannedAt < PLAN_MS) return query(statement);
    plannedAt = now();
    // A failed transaction refuses it, and will refuse the statement as well.
    const discarded = client.query('discard plans').catch(() => undefined);
    return discarded.then(() => query(statement));
  };
  Object.assign(client, { query: run });
}
