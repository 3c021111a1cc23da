import { setting } from '#platform/config';

/** Settings of the lists module; names the specification gives are kept (section 0.2). */
export const listsSettings = {
  profile: setting.oneOf('LISTS_PROFILE', ['standard', 'compat'], {
    fallback: 'standard',
    description:
      'How lists answers: `compat` gives every observable of the original API, `standard` its safer form',
  }),
  environment: setting.oneOf('LISTS_ENVIRONMENT', ['prod', 'staging', 'test', 'dev'], {
    fallback: 'dev',
    description: 'Kind of installation: marks mails and robots.txt; only prod is open to search engines',
  }),
  sharedView: setting.oneOf('SHARED_VIEW', ['full', 'redacted'], {
    fallback: undefined,
    description: 'Whether a shared list shows who reserved; by default full in compat, redacted in standard',
  }),
  reservationDelete: setting.oneOf('RESERVATION_DELETE', ['open', 'authorised'], {
    fallback: undefined,
    description: 'Who may delete a reservation by id; by default open in compat, authorised in standard',
  }),
  catalogueWrite: setting.oneOf('CATALOGUE_WRITE', ['any-user', 'editors'], {
    fallback: 'editors',
    description: 'Who may write catalogue products',
  }),
  welcomeEmailAt: setting.oneOf('WELCOME_EMAIL_AT', ['signup', 'confirmation'], {
    fallback: undefined,
    description: 'When the welcome e-mail goes out; by default signup in compat, confirmation in standard',
  }),
  accountExistence: setting.oneOf('ACCOUNT_EXISTENCE', ['reveal', 'opaque'], {
    fallback: undefined,
    description:
      'Whether sign-in and reset tell that an address is unknown; by default reveal in compat only',
  }),
  metadataBlockedResponse: setting.oneOf('METADATA_BLOCKED_RESPONSE', ['empty', 'error'], {
    fallback: 'empty',
    description: 'Answer to the metadata query for shops that are never fetched',
  }),
  defaultSurprise: setting.flag('DEFAULT_SURPRISE', {
    fallback: 'off',
    description: 'Whether new lists hide claims from their owner until the reveal',
  }),
  rateLimits: setting.flag('LISTS_RATE_LIMITS', {
    fallback: undefined,
    description: 'Rate limits of the public calls; by default off in compat, on in standard',
  }),
  kpiUrl: setting.url('KPI_URL', {
    fallback: undefined,
    description: 'Dashboard that receives one push for each list, gift, account, reservation and purchase',
  }),
  brandName: setting.text('BRAND_NAME', {
    fallback: 'Signalbox Lists',
    description: 'Name of the service on pages and in e-mails',
  }),
  mailFrom: setting.text('MAIL_FROM', {
    fallback: 'Signalbox Lists <lists@example.org>',
    description: 'Sender of the e-mails of lists, and the mailbox that contact messages go to',
  }),
  postalAddress: setting.text('LISTS_POSTAL_ADDRESS', {
    fallback: '',
    description: 'Postal address of the operator, in the footer of every e-mail',
  }),
  publicOrigin: setting.url('PUBLIC_ORIGIN', {
    fallback: undefined,
    description:
      'Address of the lists web app, in links of e-mails and for sign-in providers; by default its own port',
  }),
  imagePrefix: setting.text('IMAGE_PREFIX', {
    fallback: '',
    description: 'What stands before /images/ in addresses of the pictures for occasions',
  }),
  secretKey: setting.text('LISTS_SECRET_KEY', {
    fallback: undefined,
    description:
      'Secret for pseudonyms, client secrets and backups of lists; without it one is made and kept in the data folder, which serves one machine only',
    secret: true,
  }),
  googleIssuer: setting.url('GOOGLE_ISSUER', {
    fallback: undefined,
    description: 'OpenID issuer of Google sign-in; the simulator when no GOOGLE_CLIENT_ID is set',
  }),
  googleClientId: setting.text('GOOGLE_CLIENT_ID', {
    fallback: undefined,
    description: 'Client id of Google sign-in',
  }),
  googleClientSecret: setting.text('GOOGLE_CLIENT_SECRET', {
    fallback: undefined,
    description: 'Client secret of Google sign-in',
    secret: true,
  }),
  facebookUrl: setting.url('FACEBOOK_URL', {
    fallback: undefined,
    description:
      'Base address of Facebook sign-in, dialog and graph together; the simulator when no FACEBOOK_CLIENT_ID is set',
  }),
  facebookClientId: setting.text('FACEBOOK_CLIENT_ID', {
    fallback: undefined,
    description: 'Client id of Facebook sign-in',
  }),
  facebookClientSecret: setting.text('FACEBOOK_CLIENT_SECRET', {
    fallback: undefined,
    description: 'Client secret of Facebook sign-in',
    secret: true,
  }),
  lookupOrigins: setting.list('LISTS_LOOKUP_ORIGINS', {
    fallback: '',
    description:
      'Addresses, as origin and path prefix, that product look-ups may fetch although they are private; the simulated shops are added outside prod',
  }),
  retentionErase: setting.flag('LISTS_ERASE_INACTIVE', {
    fallback: 'on',
    description: 'Warn accounts after 23 months without sign-in and erase them after 24',
  }),
  backupDays: setting.integer(
    'LISTS_BACKUP_DAYS',
    { fallback: '7', description: 'Days that daily backups of lists are kept' },
    { min: 1, max: 3_650 },
  ),
  webDirectory: setting.text('LISTS_WEB_DIR', {
    fallback: undefined,
    description: 'Folder of the built web app; web/dist of this installation by default',
  }),
  articlesDirectory: setting.text('LISTS_CONTENT_DIR', {
    fallback: undefined,
    description: 'Folder of articles and legal pages in Markdown; the example content by default',
  }),
  notFoundAlertEvery: setting.oneOf('LISTS_NOTFOUND_ALERTS', ['rise', 'run'], {
    fallback: 'rise',
    description: 'Alert about not-found products when their number rises and daily, or at every run',
  }),
  statusUrl: setting.text('LISTS_STATUS_URL', {
    fallback: undefined,
    description:
      'Status page that is watched each minute, as the public reaches it; by default that of its own port, `none` for none',
  }),
  requestsAlarm: setting.integer(
    'LISTS_REQUESTS_ALARM',
    { fallback: '50', description: 'Requests in one minute that raise an alarm; 0 for none' },
    { min: 0, max: 1_000_000_000 },
  ),
  otherHosts: setting.list('LISTS_OTHER_HOSTS', {
    fallback: '',
    description:
      'Further host names of the site, whose pages lead to PUBLIC_ORIGIN; `www.` before it always does',
  }),
  requestTimeoutMs: setting.integer(
    'LISTS_REQUEST_TIMEOUT_MS',
    {
      fallback: '29000',
      description:
        "Milliseconds after which a call of the original's API is answered 504, as its gateway did",
    },
    { min: 100, max: 600_000 },
  ),
  alertEmail: setting.text('LISTS_ALERT_EMAIL', {
    fallback: undefined,
    description: 'Mailbox for alerts of lists; the contact mailbox by default',
  }),
};
