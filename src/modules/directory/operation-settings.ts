import { setting } from '#platform/config';
import { LOG_LEVELS } from './reports/contract-log.ts';

/** Settings of what surrounds the pipeline: log, alarms, e-mail (spec sections 7.4 and 8). */
export const operationSettings = {
  sharedEnvironment: setting.text('SHARED_ENVIRONMENT', {
    fallback: undefined,
    description:
      'Name of the shared environment, in the alarms of the endpoint and its queue; that of ENVIRONMENT without it',
  }),
  imageVersion: setting.text('IMAGE_VERSION', {
    fallback: 'unknown',
    description: 'Version or commit that this process runs, shown beside its release',
  }),
  contractLogLevel: setting.oneOf('LOG_LEVEL', LOG_LEVELS, {
    fallback: 'INFO',
    description: "Least severe level of the directory's log lines; the register does not depend on it",
  }),
  odsCodeStartingCharacter: setting.text('ODSCODE_STARTING_CHARACTER', {
    fallback: 'F',
    description: 'First character, in either case, of the ODS codes that the quality checker looks at',
  }),
  palliativeExemptTypes: setting.list('DIRECTORY_PALLIATIVE_EXEMPT_TYPES', {
    fallback: '',
    description:
      'Service types that the quality checker allows to carry the palliative care Z code, such as 134 (distance selling)',
  }),
  slackWebhookUrl: setting.url('SLACK_WEBHOOK_URL', {
    fallback: undefined,
    description:
      'Incoming webhook for alarms; without it they go to the simulated Slack where simulators run',
    secret: true,
  }),
  slackChannel: setting.text('SLACK_ALERT_CHANNEL', {
    fallback: undefined,
    description:
      'Channel of the alarms; dos-integration-live-status in live, dos-integration-dev-status elsewhere',
  }),
  alarmPageUrl: setting.url('DIRECTORY_ALARM_URL', {
    fallback: undefined,
    description: 'Where the name of an alarm leads to in Slack; the console without it',
  }),
  dashboardUrl: setting.url('DIRECTORY_DASHBOARD_URL', {
    fallback: undefined,
    description: 'Monitoring dashboard that alarms in Slack lead to; the one in the console without it',
  }),
  logDashboardUrl: setting.url('DIRECTORY_LOG_DASHBOARD_URL', {
    fallback: undefined,
    description: 'Log dashboard that alarms in Slack lead to; the register in the console without it',
  }),
  alarmMinuteSeconds: setting.integer(
    'DIRECTORY_ALARM_MINUTE_SECONDS',
    {
      fallback: '60',
      description: 'Seconds that count as one minute in the conditions of alarms; shorter for rehearsals',
    },
    { min: 1, max: 60 },
  ),
  healthCheckUrl: setting.text('DIRECTORY_HEALTH_CHECK_URL', {
    fallback: undefined,
    description:
      "What workers ask to see whether the endpoint answers, or `none`; this machine's own endpoint without it",
  }),
  teamEmailAddress: setting.text('TEAM_EMAIL_ADDRESS', {
    fallback: 'dos-integration-team@example.nhs.uk',
    description: 'Address that rejection e-mails name for questions',
  }),
  systemEmailAddress: setting.text('SYSTEM_EMAIL_ADDRESS', {
    fallback: undefined,
    description: 'Sender of rejection e-mails; SIGNALBOX_MAIL_FROM without it',
  }),
  emailsBy: setting.oneOf('DIRECTORY_EMAILS_BY', ['mail', 'notify'], {
    fallback: undefined,
    description:
      'What carries rejection e-mails in live: the notify module, or the mail server of the platform in the layout of DoS Integration; notify without it where that module runs',
  }),
  accountName: setting.text('AWS_ACCOUNT_NAME', {
    fallback: undefined,
    description:
      '`nonprod` sends no rejection e-mail unless the correlation id contains "email"; nonprod unless PROFILE is live',
  }),
};
