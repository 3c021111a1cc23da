import { setPriority } from 'node:os';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { prepareRepeated } from './prepared-statements.ts';
import { valueParsers } from './value-parsers.ts';

// biome-ignore lint/suspicious/noExplicitAny: query functions of every module take a handle, each with its own tables
export type Handle<T = any> = Kysely<T> | Transaction<T>;

/** A connection pool and the query builder over it. Disposing it waits for borrowed connections and closes them. */
// biome-ignore lint/suspicious/noExplicitAny: the tables are known to the caller, who asks for them with `typed`
export interface Database<T = any> {
  readonly url: string;
  readonly pool: pg.Pool;
  readonly kysely: Kysely<T>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  maxConnections: number;
  applicationName: string;
  /** Called when an idle connection breaks; the pool replaces it by itself. */
  onError?: (error: Error) => void;
  /** Run-time parameters of every connection, such as `search_path`. */
  session?: Record<string, string>;
  /** How long a query may wait for a free or new connection. */
  connectTimeoutMs?: number;
}

/**
 * Opens a pool; the first query makes the first connection. Sessions run in UTC; `numeric` and `bigint` are read as
 * strings, `date` as `YYYY-MM-DD` and `timestamptz` as Date.
 */
export function openDatabase<T = unknown>(options: DatabaseOptions): Database<T> {
  const { connectionString, startup, niceness } = splitUrl(options.url);
  const pool = new pg.Pool({
    connectionString,
    max: options.maxConnections,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    options: [startup, sessionOptions({ TimeZone: 'UTC', ...options.session })].join(' ').trim(),
    types: valueParsers,
  });
  // Without a listener the loss of an idle connection would end the process.
  pool.on('error', (error) => options.onError?.(error));
  // The same for a connection lost while it is borrowed: the query in flight is told, but the event comes as well.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('connect', (client) => prepareRepeated(client));
  if (niceness > 0) pool.on('connect', (client) => lowerPriority(client, niceness));
  const kysely = new Kysely<T>({ dialect: new PostgresDialect({ pool }) });
  let closed: Promise<void> | undefined;
  return {
    url: options.url,
    pool,
    kysely,
    [Symbol.asyncDispose]() {
      // Kysely ends only a pool that it has used, so the pool is ended here.
      closed ??= pool.end();
      return closed;
    },
  };
}

/** The same pool typed with one module's own tables, so that a join into another module does not compile. */
export function typed<T>(db: Database): Kysely<T> {
  // Kysely's table types exist only at compile time; the object is the same for every module.
  return db.kysely as Kysely<T>;
}

/** The URL of a server on this machine whose processes for these connections give way to others (0 to 19). */
export function withNiceness(url: string, niceness: number): string {
  const nice = new URL(url);
  nice.searchParams.set(NICENESS, String(niceness));
  return nice.href;
}

const NICENESS = 'signalbox_niceness';

// pg lets what the URL says replace what the code says, so `options` in a URL would silently drop the session's.
function splitUrl(text: string): { connectionString: string; startup: string; niceness: number } {
  if (!URL.canParse(text)) return { connectionString: text, startup: '', niceness: 0 };
  const url = new URL(text);
  const startup = url.searchParams.get('options') ?? '';
  const niceness = Number(url.searchParams.get(NICENESS) ?? 0);
  url.searchParams.delete('options');
  url.searchParams.delete(NICENESS);
  return { connectionString: url.href, startup, niceness };
}

function lowerPriority(client: pg.PoolClient, niceness: number): void {
  // pg knows the server's process id from the handshake; its types do not say so.
  const { processID } = client as unknown as { processID: number };
  try {
    setPriority(processID, niceness);
  } catch (error) {
    // It ended since, or belongs to a user whose processes are not ours to slow: priority is a courtesy, not a need.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

function sessionOptions(session: Record<string, string>): string {
  return Object.entries(session)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`)
    .join(' ');
}
