import { resolve } from 'node:path';
import { readSettings, type SettingValues, setting } from './settings.ts';

/** Settings every process reads. Module settings are declared by the module and read with the same function. */
export const platformSettings = {
  portBase: setting.integer(
    'SIGNALBOX_PORT_BASE',
    {
      fallback: '8080',
      description:
        'Console port; modules follow it (notify +1, parties +2, directory +3, migration +4, lists +5), simulators +20, simulated SMTP +21',
    },
    { min: 1024, max: 65_500 },
  ),
  host: setting.text('SIGNALBOX_HOST', {
    fallback: '127.0.0.1',
    description: 'Address every listener binds to',
  }),
  trustedProxies: setting.list('SIGNALBOX_TRUSTED_PROXIES', {
    fallback: '',
    description:
      'Addresses or networks (10.0.0.0/8) of proxies in front: their X-Forwarded headers tell the address and scheme of the caller',
  }),
  dataDir: setting.text('SIGNALBOX_DATA_DIR', {
    fallback: 'data',
    description: 'Folder of the embedded database, blobs, generated secrets and PostgreSQL log',
  }),
  modules: setting.list('SIGNALBOX_MODULES', {
    fallback: 'notify,parties,directory,migration,lists',
    description: 'Modules to run, separated by commas',
  }),
  simulators: setting.flag('SIGNALBOX_SIMULATORS', {
    fallback: 'on',
    description: '`start` also runs the stand-ins for outside systems',
  }),
  simulatedVisits: setting.integer(
    'SIGNALBOX_SIMULATED_VISITS',
    { fallback: '200000', description: 'Visits that the NOMIS simulator holds' },
    { min: 0, max: 80_000_000 },
  ),
  databaseUrl: setting.url('DATABASE_URL', {
    fallback: undefined,
    description: 'PostgreSQL >= 15 to use in place of the embedded server',
    secret: true,
  }),
  databasePort: setting.integer(
    'SIGNALBOX_DATABASE_PORT',
    {
      fallback: '0',
      description: 'Port of the embedded PostgreSQL; 0 picks a free one and keeps it',
    },
    { min: 0, max: 65_535 },
  ),
  databaseUser: setting.text('SIGNALBOX_DATABASE_OS_USER', {
    fallback: 'nobody',
    description:
      'Operating system user that runs the embedded PostgreSQL when Signalbox is started as root (PostgreSQL refuses root)',
  }),
  databaseConnections: setting.integer(
    'SIGNALBOX_DATABASE_CONNECTIONS',
    {
      fallback: '10',
      description: 'Most connections each process opens to one database',
    },
    { min: 2, max: 500 },
  ),
  logLevel: setting.oneOf('SIGNALBOX_LOG_LEVEL', ['debug', 'info', 'warn', 'error', 'silent'], {
    fallback: 'info',
    description: 'Least severe level that is logged',
  }),
  eventRetentionDays: setting.integer(
    'SIGNALBOX_EVENT_RETENTION_DAYS',
    {
      fallback: '400',
      description: 'Days the register keeps events; older daily partitions are dropped',
    },
    { min: 1, max: 36_500 },
  ),
  sessionHours: setting.integer(
    'SIGNALBOX_SESSION_HOURS',
    { fallback: '12', description: 'Hours an operator stays signed in' },
    { min: 1, max: 720 },
  ),
  smtpUrl: setting.url('SMTP_URL', {
    fallback: undefined,
    description: 'Mail server for outgoing mail; without it mail goes to the simulated inbox',
    secret: true,
  }),
  mailFrom: setting.text('SIGNALBOX_MAIL_FROM', {
    fallback: 'Signalbox <signalbox@localhost>',
    description: 'Sender of platform mail',
  }),
  s3Bucket: setting.text('SIGNALBOX_S3_BUCKET', {
    fallback: undefined,
    description: 'Bucket for blobs; without it they are kept under the data folder',
  }),
  s3Endpoint: setting.url('SIGNALBOX_S3_ENDPOINT', {
    fallback: 'https://s3.eu-west-2.amazonaws.com',
    description: 'Endpoint of the S3 service',
  }),
  s3Region: setting.text('AWS_REGION', { fallback: 'eu-west-2', description: 'Region of the S3 bucket' }),
  s3AccessKeyId: setting.text('AWS_ACCESS_KEY_ID', {
    fallback: undefined,
    description: 'Access key for S3',
    secret: true,
  }),
  s3SecretAccessKey: setting.text('AWS_SECRET_ACCESS_KEY', {
    fallback: undefined,
    description: 'Secret key for S3',
    secret: true,
  }),
  jwksUrl: setting.url('SIGNALBOX_JWKS_URL', {
    fallback: undefined,
    description: 'Key set that signs OAuth2 bearer tokens; without it bearer tokens are refused',
  }),
  otlpEndpoint: setting.url('OTEL_EXPORTER_OTLP_ENDPOINT', {
    fallback: undefined,
    description: 'Collector that receives OpenTelemetry traces over HTTP; nothing is exported without it',
  }),
};

export type PlatformConfig = SettingValues<typeof platformSettings>;

/** Platform settings from `environment`; the data folder is made absolute against `workingDirectory`. */
export function readPlatformConfig(environment: NodeJS.ProcessEnv, workingDirectory: string): PlatformConfig {
  const values = readSettings(platformSettings, environment);
  return freezeConfig({ ...values, dataDir: resolve(workingDirectory, values.dataDir) });
}

/** A configuration is never changed after it was read: two applications in one process must not see each other. */
export function freezeConfig<T extends object>(config: T): Readonly<T> {
  return Object.freeze(config);
}
