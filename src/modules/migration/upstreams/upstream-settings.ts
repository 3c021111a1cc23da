import { setting } from '#platform/config';

const url = (name: string, simulator: string) =>
  setting.url(name, {
    fallback: undefined,
    description: `Base URL that replaces the simulator ${simulator}`,
  });
const id = (name: string, registration: string) =>
  setting.text(name, { fallback: registration, description: `OAuth2 client id of ${registration}` });
const secret = (name: string, registration: string) =>
  setting.text(name, {
    fallback: 'clientsecret',
    description: `OAuth2 client secret of ${registration}`,
    secret: true,
  });

/** Where the other systems are and who we are to them: names of the original, spec section 7.3. */
export const upstreamSettings = {
  authUrl: setting.url('API_BASE_URL_HMPPS_AUTH', {
    fallback: undefined,
    description: 'Base URL of HMPPS Auth, with its /auth; the simulator without it',
  }),
  nomisUrl: url('API_BASE_URL_NOMIS', '/nomis'),
  nomisClientId: id('NOMIS_PRISONER_API_CLIENT_ID', 'nomis-api'),
  nomisClientSecret: secret('NOMIS_PRISONER_API_SECRET', 'nomis-api'),
  mappingUrl: setting.url('API_BASE_URL_MAPPING', {
    fallback: undefined,
    description: "Base URL of another mapping service; without it the module's own store is used in process",
  }),
  mappingClientId: id('NOMIS_MAPPING_API_CLIENT_ID', 'nomis-mapping-api'),
  mappingClientSecret: secret('NOMIS_MAPPING_API_SECRET', 'nomis-mapping-api'),
  visitsUrl: url('API_BASE_URL_VISITS', '/vsip'),
  visitsClientId: id('VISITS_CLIENT_ID', 'visits-api'),
  visitsClientSecret: secret('VISITS_CLIENT_SECRET', 'visits-api'),
  sentencingUrl: url('API_BASE_URL_SENTENCING', '/adjustments'),
  sentencingClientId: id('SENTENCING_CLIENT_ID', 'sentencing-api'),
  sentencingClientSecret: secret('SENTENCING_CLIENT_SECRET', 'sentencing-api'),
  alertsUrl: url('API_BASE_URL_ALERTS', '/alerts'),
  alertsClientId: id('ALERTS_CLIENT_ID', 'alerts-api'),
  alertsClientSecret: secret('ALERTS_CLIENT_SECRET', 'alerts-api'),
  caseNotesUrl: url('API_BASE_URL_CASENOTES', '/casenotes'),
  caseNotesClientId: id('CASENOTES_CLIENT_ID', 'casenotes-api'),
  caseNotesClientSecret: secret('CASENOTES_CLIENT_SECRET', 'casenotes-api'),
  locationsUrl: url('API_BASE_URL_LOCATIONS', '/locations'),
  locationsClientId: id('LOCATIONS_CLIENT_ID', 'locations-api'),
  locationsClientSecret: secret('LOCATIONS_CLIENT_SECRET', 'locations-api'),
  visitBalanceUrl: url('API_BASE_URL_VISIT_BALANCE', '/visit-balance'),
  visitBalanceClientId: id('VISIT_BALANCE_CLIENT_ID', 'visit-balance-api'),
  visitBalanceClientSecret: secret('VISIT_BALANCE_CLIENT_SECRET', 'visit-balance-api'),
  staffUrl: url('API_BASE_URL_STAFF', '/staff'),
  staffClientId: id('STAFF_CLIENT_ID', 'staff-api'),
  staffClientSecret: secret('STAFF_CLIENT_SECRET', 'staff-api'),
  upstreamConcurrency: setting.integer(
    'MIGRATION_UPSTREAM_CONCURRENCY',
    { fallback: '32', description: 'Most calls one process makes to one other system at a time' },
    { min: 1, max: 1_000 },
  ),
  targetTimeoutSeconds: setting.integer(
    'MIGRATION_TARGET_TIMEOUT_SECONDS',
    { fallback: '90', description: 'How long a request to a target may be on its way' },
    { min: 1, max: 600 },
  ),
  patienceSeconds: setting.integer(
    'MIGRATION_PATIENCE_SECONDS',
    {
      fallback: '5',
      description:
        'How long to wait for the answer to a create whose target can be asked; then it is looked for instead of waited for',
    },
    { min: 1, max: 600 },
  ),
};
