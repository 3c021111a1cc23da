import type { AuthClient } from './clients.ts';

/** For development only: everybody knows it, and the simulators are the only ones to take it. */
const DEVELOPMENT_SECRET = 'clientsecret';

/** The clients that exist from the start, so that nothing has to be set up before the first call. */
export const DEVELOPMENT_CLIENTS: readonly AuthClient[] = [
  {
    // What the migration module calls all upstream services as.
    client_id: 'prisoner-from-nomis',
    client_secret: DEVELOPMENT_SECRET,
    roles: [
      'ROLE_NOMIS_PRISONER_API__SYNCHRONISATION__RW',
      'ROLE_NOMIS_MAPPING_API__SYNCHRONISATION__RW',
      'ROLE_NOMIS_DPS_MAPPING__VISITS__RW',
      'ROLE_MIGRATE_VISITS',
      'ROLE_VISIT_SCHEDULER',
      'ROLE_SENTENCE_ADJUSTMENTS_SYNCHRONISATION',
      'ROLE_SYNC_LOCATIONS',
      'ROLE_ALERTS__SYNC__RW',
      'ROLE_PRISONER_CASE_NOTES__SYNC__RW',
      'ROLE_VISIT_ALLOCATION_API__NOMIS_API',
    ],
  },
  {
    // What an operator of migrations holds.
    client_id: 'migration-operator',
    client_secret: DEVELOPMENT_SECRET,
    roles: [
      'ROLE_PRISONER_FROM_NOMIS__MIGRATION__RW',
      'ROLE_PRISONER_FROM_NOMIS__UPDATE__RW',
      'ROLE_PRISONER_FROM_NOMIS__REPAIR_MOVEMENTS__RW',
      'ROLE_SYSCON__QUEUE_ADMIN',
      'ROLE_NOMIS_MAPPING_API__SYNCHRONISATION__RW',
      'ROLE_NOMIS_DPS_MAPPING__VISITS__RW',
    ],
  },
  {
    // The same under the names of the time before the roles were renamed.
    client_id: 'migration-operator-2024',
    client_secret: DEVELOPMENT_SECRET,
    roles: [
      'ROLE_MIGRATE_VISITS',
      'ROLE_MIGRATE_SENTENCING',
      'ROLE_MIGRATION_ADMIN',
      'ROLE_QUEUE_ADMIN',
      'ROLE_NOMIS_VISITS',
      'ROLE_NOMIS_SENTENCING',
      'ROLE_ADMIN_NOMIS',
    ],
  },
  {
    // Valid, and allowed nothing.
    client_id: 'no-roles',
    client_secret: DEVELOPMENT_SECRET,
    roles: [],
  },
];
