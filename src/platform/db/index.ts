export { createDatabaseIfMissing } from './create-database.ts';
export {
  type Database,
  type DatabaseOptions,
  type Handle,
  openDatabase,
  typed,
  withNiceness,
} from './database.ts';
export { backupEmbedded, restoreEmbedded } from './embedded/backup.ts';
export {
  type EmbeddedServer,
  type EmbeddedServerOptions,
  readEmbeddedUrl,
  startEmbeddedServer,
} from './embedded/embedded-server.ts';
export { createGroupCommit, type GroupCommit, type GroupCommitOptions } from './group-commit.ts';
export { withNamedLock } from './named-lock-queries.ts';
export { isConnectionFailure, sqlState, violatedConstraint } from './postgres-errors.ts';
export { isReachable } from './reachability-queries.ts';
export { dumpSchema } from './schema-dump.ts';
export {
  type AppliedMigration,
  findPendingMigrations,
  type MigrationSet,
  migrate,
} from './schema-migrations.ts';
export { siblingUrl } from './sibling-url.ts';
