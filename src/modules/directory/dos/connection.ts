import type { SettingValues } from '#platform/config';
import { createDatabaseIfMissing, type Database, isReachable, openDatabase } from '#platform/db';
import type { Logger } from '#platform/telemetry';
import { concurrencyOf } from '../profiles.ts';
import type { directorySettings } from '../settings.ts';
import { prepareDosDatabase } from './prepare-dos-database.ts';

/** The two endpoints of the Directory of Services: spec section 4.2.1. */
export interface DosConnections {
  reader: Database;
  writer: Database;
  /** Creates and fills the embedded copy when that is what we use; does nothing to a customer's database. */
  prepare(): Promise<void>;
  isReachable(): Promise<boolean>;
  [Symbol.asyncDispose](): Promise<void>;
}

type Config = SettingValues<typeof directorySettings>;

const CONNECT_TIMEOUT_MS = 2_000;

/** A real server by its six settings, or the embedded copy: a database of its own beside the module's. */
export function connectDos(
  config: Config,
  embedded: { url: string; adminUrl: string },
  log: Logger,
): DosConnections {
  const isEmbedded = config.writerServer === undefined;
  const writerUrl = isEmbedded ? embedded.url : writerUrlOf(config);
  const readerUrl = isEmbedded ? embedded.url : readerUrlOf(config);
  const open = (url: string, purpose: string): Database =>
    openDatabase({
      url,
      // The cap on updates at a time is the throttle towards DoS, so it bounds the connections too (5.6).
      maxConnections: Math.min(config.dosConnections, concurrencyOf(config).sync),
      applicationName: `DOS INTEGRATION <signalbox ${purpose}>`,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      session: { search_path: `dbo,${config.databaseSchema}` },
      onError: (error) => log.warn({ err: error, purpose }, 'idle DoS connection lost'),
    });
  const writer = open(writerUrl, 'writer');
  const reader = readerUrl === writerUrl ? writer : open(readerUrl, 'reader');
  return {
    reader,
    writer,
    prepare: async () => {
      if (!isEmbedded) return;
      await createDatabaseIfMissing(
        embedded.adminUrl,
        decodeURIComponent(new URL(writerUrl).pathname.slice(1)),
      );
      await prepareDosDatabase(writer, { pharmacies: config.embeddedServices });
    },
    isReachable: async () =>
      (await isReachable(writer)) && (reader === writer || (await isReachable(reader))),
    [Symbol.asyncDispose]: async () => {
      await writer[Symbol.asyncDispose]();
      if (reader !== writer) await reader[Symbol.asyncDispose]();
    },
  };
}

function writerUrlOf(config: Config): string {
  return serverUrl(config, config.writerServer, config.writerUser, config.writerPassword);
}

/** Reader settings that are not given are those of the writer: they may be one server. */
function readerUrlOf(config: Config): string {
  return serverUrl(
    config,
    config.readerServer ?? config.writerServer,
    config.readerUser ?? config.writerUser,
    config.readerPassword ?? config.writerPassword,
  );
}

function serverUrl(
  config: Config,
  server: string | undefined,
  user: string | undefined,
  password: string | undefined,
): string {
  const url = new URL(`postgres://${server}:${config.databasePort}/`);
  url.pathname = `/${encodeURIComponent(config.databaseName ?? 'pathwaysdos')}`;
  if (user !== undefined) url.username = encodeURIComponent(user);
  if (password !== undefined) url.password = encodeURIComponent(password);
  return url.href;
}
