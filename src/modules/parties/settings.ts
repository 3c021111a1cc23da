import { setting } from '#platform/config';

/** Settings of the parties module. */
export const partiesSettings = {
  basePath: setting.text('PARTIES_BASE_PATH', {
    fallback: '/connecting-party-manager',
    description: 'Path under which the interface answers as well as at the root, as the original does',
  }),
  apiKey: setting.text('PARTIES_API_KEY', {
    fallback: undefined,
    description: 'API key of an application called `default`, for a first start without a set-up file',
    secret: true,
  }),
  sandbox: setting.flag('PARTIES_SANDBOX', {
    fallback: 'off',
    description:
      'No authentication, declared ODS codes only, and data to try things on: for a database of its own',
  }),
  odsUrl: setting.url('ODS_URL', {
    fallback: undefined,
    description:
      'Organisation directory, such as https://directory.spineservices.nhs.uk; without it the simulated one is asked',
  }),
  odsMode: setting.oneOf('PARTIES_ODS_MODE', ['directory', 'list', 'off'], {
    fallback: 'directory',
    description:
      'Where ODS codes are checked: the directory, the declared codes alone (always in the sandbox), or format only',
  }),
  odsCacheHours: setting.integer(
    'PARTIES_ODS_CACHE_HOURS',
    {
      fallback: '24',
      description: 'Hours a code that the directory confirmed counts as known; 0 asks every time',
    },
    { min: 0, max: 8_760 },
  ),
  requestsPerMinute: setting.integer(
    'PARTIES_REQUESTS_PER_MINUTE',
    {
      fallback: '0',
      description: 'Requests a minute for the whole interface (6000 in the original); 0 sets no limit',
    },
    { min: 0, max: 100_000_000 },
  ),
  accessLog: setting.oneOf('PARTIES_ACCESS_LOG', ['all', 'changes', 'off'], {
    fallback: 'changes',
    description: 'Requests that get a log line: all, changes and refusals only, or none',
  }),
  stepLog: setting.oneOf('PARTIES_STEP_LOG', ['all', 'failures', 'off'], {
    fallback: 'failures',
    description:
      'Requests whose pipeline steps get a log line each: all, those answered with an error, or none',
  }),
  requestBudgetMs: setting.integer(
    'PARTIES_REQUEST_BUDGET_MS',
    { fallback: '10000', description: 'Milliseconds after which a request is answered with 504' },
    { min: 100, max: 600_000 },
  ),
  eventsUrl: setting.url('PARTIES_EVENTS_URL', {
    fallback: undefined,
    description:
      'Where each domain event is posted, signed as the change feed is, in order for each party; without it none is',
  }),
  databaseRoles: setting.flag('PARTIES_DATABASE_ROLES', {
    fallback: 'on',
    description:
      'Connections of an operation assume a PostgreSQL role that may do what its policy says; needs the right to create roles',
  }),
  feedKey: setting.text('PARTIES_FEED_KEY', {
    fallback: undefined,
    description:
      'Ed25519 seed that signs the change feed, 32 bytes in base64; without it one is made and kept in the data folder',
    secret: true,
  }),
  environment: setting.text('PARTIES_ENVIRONMENT', {
    fallback: 'local',
    description: 'Name of this deployment in access log lines',
  }),
};
