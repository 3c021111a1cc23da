import { setting } from '#platform/config';
import type { WeeklyReport } from './alerts/weekly-report.ts';

const portBase = 'SIGNALBOX_PORT_BASE + 20';

/** Settings of the notify module; names that the original has are kept (internals appendix A). */
export const notifySettings = {
  apiHostName: setting.url('API_HOST_NAME', {
    fallback: undefined,
    description:
      'Public address of the Notify API, used in links; without it each answer uses the address it was asked under',
  }),
  adminBaseUrl: setting.url('ADMIN_BASE_URL', {
    fallback: 'http://localhost:6012',
    description: 'Address of the Notify admin website, used in links to it',
  }),
  csvUploadBucket: setting.text('S3_BUCKET_CSV_UPLOAD', {
    fallback: undefined,
    description:
      'S3 bucket of the admin website: files of recipients; not read without it. Endpoint and keys are those of blobs',
  }),
  contactListBucket: setting.text('S3_BUCKET_CONTACT_LIST', {
    fallback: undefined,
    description:
      'S3 bucket of the admin website: contact lists; not read without it. Endpoint and keys are those of blobs',
  }),
  transientLetterBucket: setting.text('S3_BUCKET_TRANSIENT_UPLOADED_LETTERS', {
    fallback: undefined,
    description:
      'S3 bucket of the admin website: letters that were uploaded and not sent yet; not read without it. Endpoint and keys are those of blobs',
  }),
  letterAttachmentBucket: setting.text('S3_BUCKET_LETTER_ATTACHMENTS', {
    fallback: undefined,
    description:
      'S3 bucket of the admin website: PDFs that are printed after a letter; not read without it. Endpoint and keys are those of blobs',
  }),
  templateEmailFileBucket: setting.text('S3_BUCKET_TEMPLATE_EMAIL_FILES', {
    fallback: undefined,
    description:
      'S3 bucket of the admin website: files that email templates link to; not read without it. Endpoint and keys are those of blobs',
  }),
  logoBucket: setting.text('S3_BUCKET_LOGO_UPLOAD', {
    fallback: undefined,
    description:
      'S3 bucket of the admin website: logos, which are printed on letters; not read without it. Endpoint and keys are those of blobs',
  }),
  reportBucket: setting.text('S3_BUCKET_REPORT_REQUESTS_DOWNLOAD', {
    fallback: undefined,
    description:
      'S3 bucket of the admin website: reports of messages, which it fetches from there; not read without it. Endpoint and keys are those of blobs',
  }),
  emailDomain: setting.text('NOTIFY_EMAIL_DOMAIN', {
    fallback: 'notify.tools',
    description: 'Domain of the addresses that Notify sends email from',
  }),
  fromNumber: setting.text('FROM_NUMBER', {
    fallback: 'GOVUK',
    description: 'Sender of text messages of services that have none of their own',
  }),
  secretKey: setting.text('NOTIFY_ENCRYPTION_KEY', {
    fallback: undefined,
    description:
      '32 bytes in base64url that seal API key secrets, callback tokens, personalisation and received texts; without it a key is made at the first start and kept in the data folder',
    secret: true,
  }),
  tokenSecretKey: setting.text('TOKEN_SECRET_KEY', {
    fallback: undefined,
    description:
      '32 bytes in base64url that seal the tokens of unsubscribe links (Fernet); derived from NOTIFY_ENCRYPTION_KEY without it',
    secret: true,
  }),
  internalClients: internalClients(),
  internalSecrets: secrets(
    'API_INTERNAL_SECRETS',
    '[]',
    'JSON array of secrets of notify-admin, read where INTERNAL_CLIENT_API_KEYS names none (an older name)',
  ),
  hasTestingRoutes: setting.flag('REGISTER_FUNCTIONAL_TESTING_BLUEPRINT', {
    fallback: 'off',
    description: 'Offer the route by which functional tests make their users',
  }),
  linkSecret: setting.text('SECRET_KEY', {
    fallback: undefined,
    description:
      'With DANGEROUS_SALT: what the original signed links with, so that those in its messages still work',
    secret: true,
  }),
  linkSalt: setting.text('DANGEROUS_SALT', {
    fallback: undefined,
    description: 'The salt of SECRET_KEY',
    secret: true,
  }),
  isRateLimited: setting.flag('API_RATE_LIMIT_ENABLED', {
    fallback: 'on',
    description: 'Limit the requests a minute of each service and key type',
  }),
  isDailyLimited: setting.flag('NOTIFY_DAILY_LIMITS_ENABLED', {
    fallback: 'on',
    description: 'Limit the messages a day of each service and channel',
  }),
  mmgUrl: setting.url('MMG_URL', {
    fallback: undefined,
    description: `Address of the MMG text message API; the simulator (${portBase}) without it`,
  }),
  mmgApiKey: setting.text('MMG_API_KEY', {
    fallback: 'simulated',
    description: 'Credentials of MMG, sent as they are after "Basic"',
    secret: true,
  }),
  mmgReceiptUrl: setting.url('MMG_RECEIPT_URL', {
    fallback: undefined,
    description: 'Where MMG shall send delivery receipts; its own configuration decides without it',
  }),
  mmgReceiptCredentials: credentials(
    'MMG_DELIVERY_STATUS_CALLBACK_BASIC_AUTH_CREDENTIALS',
    'JSON array of user and password that MMG puts into the receipt address',
  ),
  mmgInboundUsers: secrets(
    'MMG_INBOUND_SMS_USERNAME',
    '["username"]',
    'JSON array of users that may post texts received by MMG',
  ),
  mmgInboundPasswords: secrets(
    'MMG_INBOUND_SMS_AUTH',
    '["testkey"]',
    'JSON array of passwords of MMG for received texts',
  ),
  firetextUrl: setting.url('FIRETEXT_URL', {
    fallback: undefined,
    description: `Address of the Firetext text message API; the simulator (${portBase}) without it`,
  }),
  firetextApiKey: setting.text('FIRETEXT_API_KEY', {
    fallback: 'simulated',
    description: 'API key of Firetext',
    secret: true,
  }),
  firetextInternationalApiKey: setting.text('FIRETEXT_INTERNATIONAL_API_KEY', {
    fallback: undefined,
    description: 'API key of Firetext for numbers abroad; the other one without it',
    secret: true,
  }),
  firetextReceiptUrl: setting.url('FIRETEXT_RECEIPT_URL', {
    fallback: undefined,
    description: 'Where Firetext shall send delivery receipts; its own configuration decides without it',
  }),
  firetextReceiptCredentials: credentials(
    'FIRETEXT_DELIVERY_STATUS_CALLBACK_BASIC_AUTH_CREDENTIALS',
    'JSON array of user and password that Firetext puts into the receipt address',
  ),
  firetextInboundPasswords: secrets(
    'FIRETEXT_INBOUND_SMS_AUTH',
    '["testkey"]',
    'JSON array of passwords of Firetext for received texts',
  ),
  httpSmsUrl: setting.url('NOTIFY_HTTP_SMS_URL', {
    fallback: undefined,
    description: 'Address that the open HTTP provider posts text messages to; it is inactive without it',
  }),
  httpSmsToken: setting.text('NOTIFY_HTTP_SMS_TOKEN', {
    fallback: undefined,
    description: 'Bearer token of the open HTTP provider, in both directions',
    secret: true,
  }),
  sesUrl: setting.url('NOTIFY_SES_URL', {
    fallback: undefined,
    description: 'Address of the SESv2 API; that of the AWS region without it',
  }),
  sesAccessKeyId: setting.text('NOTIFY_SES_ACCESS_KEY_ID', {
    fallback: undefined,
    description: 'Access key for SES; SES is inactive without it',
    secret: true,
  }),
  sesSecretAccessKey: setting.text('NOTIFY_SES_SECRET_ACCESS_KEY', {
    fallback: undefined,
    description: 'Secret key for SES',
    secret: true,
  }),
  sesTopics: setting.list('NOTIFY_SES_TOPIC_ARNS', {
    fallback: '',
    description: 'SNS topics whose SES receipts are accepted; none are without it',
  }),
  isSnsSignatureChecked: setting.flag('NOTIFY_SNS_SIGNATURE_CHECK', {
    fallback: 'on',
    description: 'Check the signature of SNS on SES receipts',
  }),
  documentsUrl: setting.url('NOTIFY_DOCUMENTS_URL', {
    fallback: undefined,
    description:
      'Public address of the pages that links to files in emails lead to; that of the API without it',
  }),
  documentUploadToken: setting.text('DOCUMENT_DOWNLOAD_API_KEY', {
    fallback: undefined,
    description: 'Bearer token for uploads over the JSON interface of documents, which is off without it',
    secret: true,
  }),
  virusScanner: setting.url('NOTIFY_VIRUS_SCANNER', {
    fallback: undefined,
    description: 'clamd that scans files and letters, as tcp://host:port; nothing is scanned without it',
  }),
  printUrl: setting.url('PRINT_URL', {
    fallback: undefined,
    description: `Address of the print provider; the simulator (${portBase}) without it`,
  }),
  printUserName: setting.text('DVLA_API_USERNAME', {
    fallback: 'notify',
    description: 'User that signs in to the print provider',
  }),
  printPassword: setting.text('DVLA_API_PASSWORD', {
    fallback: 'simulated',
    description: 'Password at the print provider until it is changed for the first time',
    secret: true,
  }),
  printApiKey: setting.text('DVLA_API_KEY', {
    fallback: 'simulated',
    description: 'API key of the print provider until it is changed for the first time',
    secret: true,
  }),
  changesPrintCredentials: setting.flag('DVLA_ROTATE_CREDENTIALS', {
    fallback: 'off',
    description: 'Change key and password at the print provider each month',
  }),
  printEmailAddresses: setting.list('DVLA_EMAIL_ADDRESSES', {
    fallback: '',
    description: 'Who is told each day how many letters go to the printer',
  }),
  mailsAlerts: setting.flag('SEND_ZENDESK_ALERTS_ENABLED', {
    fallback: 'off',
    description: 'Mail alerts to NOTIFY_ALERT_EMAIL_ADDRESSES; they are in the log in any case',
  }),
  alertEmailAddresses: setting.list('NOTIFY_ALERT_EMAIL_ADDRESSES', {
    fallback: '',
    description: 'Who is told of letters that got stuck, high failure rates and the like',
  }),
  mailsUserResearch: setting.flag('WEEKLY_USER_RESEARCH_EMAIL_ENABLED', {
    fallback: 'off',
    description: 'Ask people who began to use the platform lately how it went',
  }),
  reports: reports(),
  gitCommit: setting.text('GIT_COMMIT', {
    fallback: undefined,
    description:
      'Commit that runs, as /_status shows it; that of the working copy without it, if there is one',
  }),
  requestTimeoutSeconds: setting.integer(
    'HTTP_SERVE_TIMEOUT_SECONDS',
    { fallback: '30', description: 'A request that takes longer is answered with 504' },
    { min: 1, max: 3_600 },
  ),
  requestLogLevel: setting.oneOf('NOTIFY_REQUEST_LOG_LEVEL', ['DEBUG', 'INFO', 'OFF'], {
    fallback: 'INFO',
    description: 'At which level each request is logged; failures are warnings',
  }),
  environment: setting.text('NOTIFY_ENVIRONMENT', {
    fallback: 'development',
    description: 'Stands in the subject of alerts',
  }),
  checksSlowTexts: setting.flag('CHECK_SLOW_TEXT_MESSAGE_DELIVERY', {
    fallback: 'off',
    description: 'Raise an alert when text messages are slow for ten minutes in a row',
  }),
  deepHistoryMinAgeDays: setting.integer(
    'NOTIFICATION_DEEP_HISTORY_MIN_AGE_DAYS',
    { fallback: '365', description: 'Age from which history of messages moves to files' },
    { min: 30, max: 36_500 },
  ),
  deepHistoryMaxHours: setting.integer(
    'NOTIFICATION_DEEP_HISTORY_MAX_HOURS_ARCHIVED_IN_RUN',
    { fallback: '240', description: 'Hours of history that one night moves at most' },
    { min: 0, max: 100_000 },
  ),
  deepHistoryPrefix: setting.text('NOTIFICATION_DEEP_HISTORY_S3_KEY_PREFIX', {
    fallback: '',
    description: 'What the names of those files start with',
  }),
  deletesDeepHistory: setting.flag('NOTIFICATION_DEEP_HISTORY_DELETE_ARCHIVED', {
    fallback: 'on',
    description: 'Delete history once it is in a file',
  }),
  isMonitorEnabled: setting.flag('CRONITOR_ENABLED', {
    fallback: 'off',
    description: 'Tell a monitor when scheduled tasks begin, end and fail',
  }),
  monitorKeys: setting.json(
    'CRONITOR_KEYS',
    { fallback: '{}', description: 'JSON object of monitor keys by the name of the task', secret: true },
    (value) => {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return Object.fromEntries(Object.entries(value).map(([name, key]) => [name, String(key)]));
      }
      throw new Error('must be a JSON object of texts');
    },
  ),
  monitorUrl: setting.text('CRONITOR_URL', {
    fallback: 'https://cronitor.link',
    description: 'Address of the monitor of scheduled tasks',
  }),
  fakesLetterDelivery: setting.flag('TEST_LETTERS_FAKE_DELIVERY', {
    fallback: 'on',
    description: 'Letters of test keys are reported as despatched once their PDF is there',
  }),
  smtpConnections: setting.integer(
    'NOTIFY_SMTP_CONNECTIONS',
    { fallback: '16', description: 'Connections that one worker keeps to the mail server' },
    { min: 1, max: 200 },
  ),
  allowsSmtpAuthInClear: setting.flag('NOTIFY_SMTP_AUTH_IN_CLEAR', {
    fallback: 'off',
    description:
      'Give user and password of SMTP_URL to a mail server that offers no encryption, too; nothing is sent by way of such a server otherwise',
  }),
  callbackPrivateAddresses: setting.oneOf('NOTIFY_CALLBACK_PRIVATE_ADDRESSES', ['refuse', 'allow', 'auto'], {
    fallback: 'auto',
    description:
      'Whether callbacks to services may go to loopback, private and link-local addresses; auto allows it where the simulators run',
  }),
};

/** Which programs may call the internal API, each with the secrets that sign its tokens. */
function internalClients() {
  const options = {
    fallback: '{}',
    description:
      'JSON object of secrets by client of the internal API, such as {"notify-admin":["..."]}; nobody may call it without',
    secret: true,
  } as const;
  return setting.json('INTERNAL_CLIENT_API_KEYS', options, (value) => {
    const isClients =
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).every(
        (list) => Array.isArray(list) && list.every((entry) => typeof entry === 'string' && entry !== ''),
      );
    if (isClients) return value as Record<string, string[]>;
    throw new Error('must be a JSON object of lists of texts');
  });
}

/** Queries whose answers are mailed, by the name of the scheduled task. */
function reports() {
  const options = {
    fallback: '{}',
    description:
      'JSON object of reports by task, such as {"weekly-dwp-report":{"query":"select ...","subject":"...","recipients":["..."]}}',
    secret: true,
  } as const;
  return setting.json('ZENDESK_REPORTING', options, (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error('must be a JSON object');
    return Object.fromEntries(
      Object.entries(value as Record<string, unknown>).map(([name, report]) => [name, readReport(report)]),
    );
  });
}

function readReport(value: unknown): WeeklyReport {
  const { query, subject, recipients } = Object(value) as Record<string, unknown>;
  if (typeof query !== 'string' || typeof subject !== 'string' || !Array.isArray(recipients)) {
    throw new Error('needs query, subject and recipients in each report');
  }
  return { query, subject, recipients: recipients.map(String) };
}

/** `["user","password"]` or nothing. */
function credentials(name: string, description: string) {
  return setting.json(name, { fallback: undefined, description, secret: true }, (value) => {
    if (Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')) {
      return { user: String(value[0]), password: String(value[1]) };
    }
    throw new Error('must be a JSON array of user and password');
  });
}

function secrets<const F extends string>(name: string, fallback: F, description: string) {
  return setting.json(name, { fallback, description, secret: true }, (value) => {
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value as string[];
    throw new Error('must be a JSON array of texts');
  });
}
