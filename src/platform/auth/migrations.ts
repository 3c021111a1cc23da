import type { MigrationSet } from '#platform/db';

export const authMigrations: MigrationSet = {
  name: 'platform_auth',
  directory: new URL('./migrations/', import.meta.url),
};
