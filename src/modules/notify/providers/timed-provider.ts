import type { NotifyMetrics } from '../events.ts';
import { type EmailProvider, reasonOf, type SendOutcome, type SmsProvider } from './provider.ts';

/** A provider whose requests are measured: public section 8.2, `provider_request_duration`. */
export function timed(
  provider: SmsProvider | EmailProvider,
  metrics: Pick<NotifyMetrics, 'providerRequests'>,
): SmsProvider | EmailProvider {
  const measure = async (send: () => Promise<SendOutcome>): Promise<SendOutcome> => {
    const startedAt = performance.now();
    // Nobody knows how far a call came that broke on a fault of ours.
    const outcome = await send().catch(
      (error): SendOutcome => ({ kind: 'unknown', reason: reasonOf(error) }),
    );
    metrics.providerRequests.observe(
      {
        notification_type: provider.channel,
        provider_name: provider.name,
        ...(outcome.kind === 'accepted' ? {} : { error_type: outcome.kind }),
      },
      (performance.now() - startedAt) / 1_000,
    );
    return outcome;
  };
  if (provider.channel === 'sms') {
    const send: SmsProvider['send'] = (message, options) => measure(() => provider.send(message, options));
    return { ...provider, send };
  }
  const send: EmailProvider['send'] = (message, options) => measure(() => provider.send(message, options));
  return { ...provider, send };
}
