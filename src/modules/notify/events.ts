import type { Metrics } from '#platform/telemetry';

/** What people watch: public section 8.2. No label names a service, a template or a person. */
export type NotifyMetrics = ReturnType<typeof createNotifyMetrics>;

const SEND_SECONDS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600];
const RECEIPT_SECONDS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 18_000, 36_000, 108_000];

export function createNotifyMetrics(metrics: Metrics) {
  return {
    sendDuration: metrics.histogram(
      'notification_send_duration_seconds',
      'Time from creation to the hand-over to a provider',
      ['key_type', 'notification_type', 'provider_name'],
      SEND_SECONDS,
    ),
    sendFailures: metrics.counter(
      'notification_send_failures_total',
      'Attempts that a provider did not take',
      ['provider_name', 'outcome'],
    ),
    receiptDuration: metrics.histogram(
      'notification_callback_duration_seconds',
      'Time from creation to the receipt of a provider',
      ['key_type', 'notification_status', 'notification_type', 'provider_name'],
      RECEIPT_SECONDS,
    ),
    callbackDuration: metrics.histogram(
      'service_callback_forward_duration_seconds',
      'Time from a receipt or received text to the end of a callback attempt',
      ['callback_type', 'callback_attempt', 'outcome'],
      SEND_SECONDS,
    ),
    receivedTexts: metrics.counter('inbound_sms_total', 'Texts received by provider', ['provider']),
    alerts: metrics.counter('notify_alerts_total', 'Alerts that were raised', ['alert']),
    slowTexts: metrics.gauge(
      'provider_sms_not_delivered_within_300_seconds',
      'Share of the text messages of the last 15 minutes that took longer than five',
      ['provider_name'],
    ),
    stuckLetters: metrics.gauge('notify_stuck_letters', 'Letters that somebody should look at', ['state']),
    scheduledRuns: metrics.counter('notify_scheduled_runs_total', 'Runs of what runs by the clock', ['task']),
    timedOut: metrics.counter('notification_timed_out_total', 'Messages without a receipt after 72 hours', [
      'notification_type',
    ]),
  };
}
