import type { AuthClient } from './clients.ts';

/** For development only: everybody knows it, and the simulators are the only ones to take it. */
const DEVELOPMENT_SECRET = 'clientsecret';

const NOMIS_ROLE = 'ROLE_NOMIS_PRISONER_API__SYNCHRONISATION__RW';
const MAPPING_ROLES = ['ROLE_NOMIS_MAPPING_API__SYNCHRONISATION__RW', 'ROLE_NOMIS_DPS_MAPPING__VISITS__RW'];
const VISITS_ROLES = ['ROLE_MIGRATE_VISITS', 'ROLE_VISIT_SCHEDULER'];
const ADJUSTMENTS_ROLE = 'ROLE_SENTENCE_ADJUSTMENTS_SYNCHRONISATION';
const ALERTS_ROLES = ['ROLE_PRISONER_ALERTS__RW', 'ROLE_NOMIS_ALERTS'];
const CASE_NOTES_ROLE = 'ROLE_PRISONER_CASE_NOTES__SYNC__RW';
const BALANCE_ROLE = 'ROLE_VISIT_ALLOCATION_API__NOMIS_API';
const STAFF_ROLES = ['ROLE_PRISON_USERS_API__MIGRATION__RW', 'ROLE_PRISON_USERS_API__SYNC__RW'];
const AGENCY_ROLE = 'ROLE_AGENCY_REGISTERS__SYNC__RW';
const FINANCE_ROLE = 'ROLE_PRISONER_FINANCE_SYNC__RW';

/** The clients that exist from the start, so that nothing has to be set up before the first call. */
export const DEVELOPMENT_CLIENTS: readonly AuthClient[] = [
  // What the migration module calls each of the upstream services as.
  { client_id: 'nomis-api', client_secret: DEVELOPMENT_SECRET, roles: [NOMIS_ROLE] },
  { client_id: 'nomis-mapping-api', client_secret: DEVELOPMENT_SECRET, roles: MAPPING_ROLES },
  { client_id: 'visits-api', client_secret: DEVELOPMENT_SECRET, roles: VISITS_ROLES },
  { client_id: 'sentencing-api', client_secret: DEVELOPMENT_SECRET, roles: [ADJUSTMENTS_ROLE] },
  { client_id: 'locations-api', client_secret: DEVELOPMENT_SECRET, roles: ['ROLE_SYNC_LOCATIONS'] },
  { client_id: 'alerts-api', client_secret: DEVELOPMENT_SECRET, roles: ALERTS_ROLES },
  { client_id: 'casenotes-api', client_secret: DEVELOPMENT_SECRET, roles: [CASE_NOTES_ROLE] },
  { client_id: 'visit-balance-api', client_secret: DEVELOPMENT_SECRET, roles: [BALANCE_ROLE] },
  { client_id: 'staff-api', client_secret: DEVELOPMENT_SECRET, roles: STAFF_ROLES },
  { client_id: 'agency-api', client_secret: DEVELOPMENT_SECRET, roles: [AGENCY_ROLE] },
  { client_id: 'finance-api', client_secret: DEVELOPMENT_SECRET, roles: [FINANCE_ROLE] },
  {
    // All of these in one, for calls by hand.
    client_id: 'prisoner-from-nomis',
    client_secret: DEVELOPMENT_SECRET,
    roles: [
      NOMIS_ROLE,
      ...MAPPING_ROLES,
      ...VISITS_ROLES,
      ADJUSTMENTS_ROLE,
      'ROLE_SYNC_LOCATIONS',
      ...ALERTS_ROLES,
      CASE_NOTES_ROLE,
      BALANCE_ROLE,
      ...STAFF_ROLES,
      AGENCY_ROLE,
      FINANCE_ROLE,
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
      ...MAPPING_ROLES,
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
