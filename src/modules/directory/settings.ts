import { setting } from '#platform/config';
import { readCidr } from './intake/address-allow-list.ts';
import { operationSettings } from './operation-settings.ts';
import { PROFILE_NAMES } from './profiles.ts';

/** Settings of the directory module; names the original has are kept (spec sections 4.2.1 and 7.4). */
export const directorySettings = {
  ...operationSettings,
  profile: setting.oneOf('PROFILE', PROFILE_NAMES, {
    fallback: 'dev',
    description:
      'Profile of the environment; `demo` and `live` refuse to start without an API key of their own',
  }),
  environment: setting.text('ENVIRONMENT', {
    fallback: 'local',
    description: 'Name of the release environment, the value of `environment` in reports',
  }),
  endpointKey: setting.text('NHS_UK_API_KEY', {
    fallback: undefined,
    description:
      'API key of NHS.uk for the change-event endpoint; in dev `start` makes one at its first run and keeps it in the data folder',
    secret: true,
  }),
  operatorKey: setting.text('DIRECTORY_OPERATOR_KEY', {
    fallback: undefined,
    description:
      'API key of the operator interface (replay, dry run, quality checks) below `/directory/v1/internal` on the console port; further ones by `apply`',
    secret: true,
  }),
  databaseName: setting.text('DB_NAME', {
    fallback: undefined,
    description:
      'Name of the Directory of Services database; with DB_WRITER_SERVER it replaces the embedded copy',
  }),
  databasePort: setting.integer(
    'DB_PORT',
    { fallback: '5432', description: 'Port of the Directory of Services database' },
    { min: 1, max: 65_535 },
  ),
  databaseSchema: setting.text('DB_SCHEMA', {
    fallback: 'pathwaysdos',
    description: 'Schema of the Directory of Services tables',
  }),
  readerServer: setting.text('DB_READER_SERVER', {
    fallback: undefined,
    description: 'Host of the read replica; the writer serves reads when it is not given',
  }),
  writerServer: setting.text('DB_WRITER_SERVER', {
    fallback: undefined,
    description: 'Host of the Directory of Services database that is written to',
  }),
  readerUser: setting.text('DB_READ_ONLY_USER_NAME', {
    fallback: undefined,
    description: 'User that reads the Directory of Services',
  }),
  writerUser: setting.text('DB_READ_AND_WRITE_USER_NAME', {
    fallback: undefined,
    description: 'User that writes the Directory of Services',
  }),
  readerPassword: setting.text('DB_READER_SECRET', {
    fallback: undefined,
    description: 'Password of the reading user',
    secret: true,
  }),
  writerPassword: setting.text('DB_WRITER_SECRET', {
    fallback: undefined,
    description: 'Password of the writing user',
    secret: true,
  }),
  dosConnections: setting.integer(
    'DIRECTORY_DOS_CONNECTIONS',
    {
      fallback: '4',
      description: 'Most connections a process opens to the Directory of Services, reader and writer each',
    },
    { min: 1, max: 100 },
  ),
  embeddedServices: setting.integer(
    'DIRECTORY_EMBEDDED_PHARMACIES',
    {
      fallback: '10363',
      description: 'Pharmacies generated in the embedded Directory of Services when it is first made',
    },
    { min: 1, max: 1_000_000 },
  ),
  matcherConcurrency: setting.integer(
    'SERVICE_MATCHER_MAX_CONCURRENCY',
    {
      fallback: undefined,
      description: 'Most batches of ODS codes one worker matches at a time; 20 in dev and pen, 28 elsewhere',
    },
    { min: 1, max: 1_000 },
  ),
  syncConcurrency: setting.integer(
    'SERVICE_SYNC_MAX_CONCURRENCY',
    {
      fallback: undefined,
      description: 'Most batches of services one worker updates at a time; 20 in dev and pen, 47 elsewhere',
    },
    { min: 1, max: 1_000 },
  ),
  settleSeconds: setting.integer(
    'DIRECTORY_SETTLE_SECONDS',
    {
      fallback: '0',
      description:
        'Seconds that each change event waits before it is applied, left out when a newer one of its ODS code comes meanwhile; 0 applies every one',
    },
    { min: 0, max: 3_600 },
  ),
  requestsPerSecond: setting.integer(
    'DIRECTORY_REQUESTS_PER_SECOND',
    {
      fallback: undefined,
      description:
        'Sustained change events a second for one API key; 0 sets no limit. 400 without it, except no limit in dev',
    },
    { min: 0, max: 1_000_000 },
  ),
  requestBurst: setting.integer(
    'DIRECTORY_REQUEST_BURST',
    { fallback: '500', description: 'Change events one API key may send at once above the sustained rate' },
    { min: 1, max: 1_000_000 },
  ),
  blockedAddresses: setting.json(
    'DIRECTORY_BLOCKED_ADDRESSES',
    {
      fallback: '{}',
      description:
        'JSON object of name to IPv4 CIDR whose requests the firewall blocks: addresses of bad repute',
    },
    checkAllowList,
  ),
  countryHeader: setting.text('DIRECTORY_COUNTRY_HEADER', {
    fallback: undefined,
    description:
      'Header in which the ingress, overwriting what came, tells the country of the caller, such as CloudFront-Viewer-Country; with it the firewall lets GB in alone',
  }),
  firewallPatterns: setting.flag('DIRECTORY_FIREWALL_PATTERNS', {
    fallback: 'on',
    description:
      'Where the firewall is on, search requests for attacks (SQL, scripts, known bad inputs); off where the ingress does',
  }),
  allowedAddresses: setting.json(
    'DIRECTORY_IP_ALLOW_LIST',
    {
      fallback: '{}',
      description: 'JSON object of name to IPv4 CIDR that may call the endpoint; empty lets every address in',
    },
    checkAllowList,
  ),
};

function checkAllowList(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('must be a JSON object of name to IPv4 CIDR');
  }
  for (const cidr of Object.values(value)) {
    if (typeof cidr !== 'string' || readCidr(cidr) === undefined) {
      throw new Error('must map each name to an IPv4 CIDR such as 203.0.113.7/32');
    }
  }
  return value as Record<string, string>;
}
