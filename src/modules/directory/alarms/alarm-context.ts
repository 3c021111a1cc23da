import type { PlatformConfig, SettingValues } from '#platform/config';
import { profileOf } from '../profiles.ts';
import type { directorySettings } from '../settings.ts';
import type { SlackLinks } from '../slack/slack-message.ts';
import { type AlarmRule, alarmRules } from './alarm-rules.ts';
import type { AlarmScope } from './signals.ts';

/** What checking alarms and telling of them needs, worked out once from the settings. */
export interface AlarmContext {
  rules: AlarmRule[];
  environments: Record<AlarmScope, string>;
  /** Seconds that count as a minute. */
  minuteSeconds: number;
  /** Undefined when nobody watches the endpoint. */
  healthCheckUrl: string | undefined;
  slack: SlackLinks & { webhookUrl: string | undefined };
}

/** Port of the simulated Slack, above the console's. */
const SIMULATORS_OFFSET = 20;
const DIRECTORY_OFFSET = 3;

export function createAlarmContext(
  config: SettingValues<typeof directorySettings>,
  platform: PlatformConfig,
): AlarmContext {
  const { environment, sharedEnvironment = environment } = config;
  const { slackChannel, hasFirewall } = profileOf(config.profile);
  const at = (offset: number) => `http://${platform.host}:${platform.portBase + offset}`;
  const simulatedSlack = platform.simulators ? `${at(SIMULATORS_OFFSET)}/slack` : undefined;
  return {
    rules: alarmRules({ profile: config.profile, environment, hasFirewall }),
    environments: { shared: sharedEnvironment, release: environment },
    minuteSeconds: config.alarmMinuteSeconds,
    healthCheckUrl:
      config.healthCheckUrl === 'none'
        ? undefined
        : (config.healthCheckUrl ?? `${at(DIRECTORY_OFFSET)}/health/liveness`),
    slack: {
      webhookUrl: config.slackWebhookUrl ?? simulatedSlack,
      channel: config.slackChannel ?? slackChannel,
      alarmUrl: config.alarmPageUrl ?? `${at(0)}/register?name=alarm.raised`,
      dashboardUrl: config.dashboardUrl ?? `${at(0)}/pages/directory/dashboard`,
      logUrl: config.logDashboardUrl ?? `${at(0)}/register?module=directory`,
    },
  };
}
