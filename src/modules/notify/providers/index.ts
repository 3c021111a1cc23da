import type { PlatformConfig, SettingValues } from '#platform/config';
import type { OutgoingCalls } from '#platform/http';
import type { Clock } from '#platform/telemetry';
import type { NotifyMetrics } from '../events.ts';
import type { notifySettings } from '../settings.ts';
import { createFiretext } from './firetext.ts';
import { createHttpSms } from './http-sms.ts';
import { createMmg } from './mmg.ts';
import type { EmailProvider, SmsProvider } from './provider.ts';
import { createSes } from './ses.ts';
import { createSmtp } from './smtp.ts';
import { timed } from './timed-provider.ts';
import { createTurns, inTurns } from './turns.ts';

/** Below what outgoing calls keep to one origin: a call that waits for a connection there uses up its own time. */
const MOST_CALLS = 250;
const WAIT_MS = 30_000;

/** Every provider the settings suffice for; which of them are used is for the rows of `notify.providers` to say. */
export function createProviders(options: {
  config: SettingValues<typeof notifySettings>;
  platformConfig: PlatformConfig;
  outgoing: OutgoingCalls;
  clock: Clock;
  metrics: NotifyMetrics;
}): ReadonlyMap<string, SmsProvider | EmailProvider> {
  const { config, platformConfig, outgoing, clock, metrics } = options;
  const simulators = `http://127.0.0.1:${platformConfig.portBase + 20}`;
  const providers: (SmsProvider | EmailProvider)[] = [
    createMmg(outgoing, {
      url: config.mmgUrl ?? `${simulators}/mmg`,
      apiKey: config.mmgApiKey,
      receiptUrl: config.mmgReceiptUrl,
      receiptCredentials: config.mmgReceiptCredentials,
    }),
    createFiretext(outgoing, {
      url: config.firetextUrl ?? `${simulators}/firetext`,
      apiKey: config.firetextApiKey,
      internationalApiKey: config.firetextInternationalApiKey ?? config.firetextApiKey,
      receiptUrl: config.firetextReceiptUrl,
      receiptCredentials: config.firetextReceiptCredentials,
    }),
    createSmtp({
      url: platformConfig.smtpUrl ?? `smtp://127.0.0.1:${platformConfig.portBase + 21}`,
      connections: config.smtpConnections,
      allowsAuthInClear: config.allowsSmtpAuthInClear,
      clock,
    }),
  ];
  if (config.httpSmsUrl !== undefined) {
    providers.push(createHttpSms(outgoing, { url: config.httpSmsUrl, token: config.httpSmsToken }));
  }
  if (config.sesAccessKeyId !== undefined && config.sesSecretAccessKey !== undefined) {
    const region = platformConfig.s3Region;
    providers.push(
      createSes(outgoing, {
        url: config.sesUrl ?? `https://email.${region}.amazonaws.com`,
        region,
        accessKeyId: config.sesAccessKeyId,
        secretAccessKey: config.sesSecretAccessKey,
      }),
    );
  }
  return new Map(
    providers.map((provider) => {
      const measured = timed(provider, metrics);
      // The mail server has its own turns: those of its connections.
      const isByHttp = provider.name !== 'smtp';
      return [
        provider.name,
        isByHttp ? inTurns(measured, createTurns(MOST_CALLS, { waitMs: WAIT_MS })) : measured,
      ];
    }),
  );
}
