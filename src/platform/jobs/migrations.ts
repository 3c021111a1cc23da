import type { MigrationSet } from '#platform/db';

export const jobsMigrations: MigrationSet = {
  name: 'platform_jobs',
  directory: new URL('./migrations/', import.meta.url),
};
