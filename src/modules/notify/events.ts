import type { Metrics } from '#platform/telemetry';

/**
 * What people watch: section 8.2 of both specifications. The names are those of the original, dots as underscores, so that
 * dashboards and alerts made for it go on. No label names a service, a template or a person.
 */
export type NotifyMetrics = ReturnType<typeof createNotifyMetrics>;

const SEND_SECONDS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600];
const RECEIPT_SECONDS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 18_000, 36_000, 108_000];
const OF_RECEIPT = [
  'key_type',
  'notification_status',
  'notification_type',
  'provider_name',
  'notification_sms_international',
] as const;

export function createNotifyMetrics(metrics: Metrics) {
  return { ...sendingMetrics(metrics), ...requestMetrics(metrics), ...operatingMetrics(metrics) };
}

function sendingMetrics(metrics: Metrics) {
  return {
    sendDuration: metrics.histogram(
      'notification_send_duration',
      'Seconds from creation to the hand-over to a provider, or to an attempt that failed',
      ['key_type', 'notification_type', 'provider_name', 'error_type'],
      SEND_SECONDS,
    ),
    sendFailures: metrics.counter(
      'notification_send_failures_total',
      'Attempts that a provider did not take',
      ['provider_name', 'outcome'],
    ),
    receiptDuration: metrics.histogram(
      'notification_callback_duration',
      'Seconds from creation to the receipt of a provider',
      OF_RECEIPT,
      RECEIPT_SECONDS,
    ),
    deliverDuration: metrics.histogram(
      'notification_deliver_duration',
      'Seconds from creation to the time of delivery that a receipt names',
      OF_RECEIPT,
      RECEIPT_SECONDS,
    ),
    internationals: metrics.counter(
      'notification_sms_internationals',
      'Text messages to numbers abroad that came to a status',
      ['notification_status', 'notification_sms_country_code'],
    ),
    providerRequests: metrics.histogram('provider_request_duration', 'Seconds of one request to a provider', [
      'notification_type',
      'provider_name',
      'error_type',
    ]),
    callbackDuration: metrics.histogram(
      'service_callback_forward_duration',
      'Seconds from a receipt or received text to the first byte of our callback to the service',
      ['callback_type', 'callback_attempt', 'notification_type'],
      SEND_SECONDS,
    ),
    callbacks: metrics.counter('notify_callbacks_total', 'Attempts to call services by outcome', [
      'callback_type',
      'outcome',
    ]),
    receivedTexts: metrics.counter('inbound_sms', 'Texts received by provider', ['provider']),
    timedOut: metrics.counter('notification_timed_out_total', 'Messages without a receipt after 72 hours', [
      'notification_type',
    ]),
  };
}

/** The prefix `redis_` is the original's, whose counters are rows here. */
function requestMetrics(metrics: Metrics) {
  return {
    concurrentRequests: metrics.gauge('concurrent_web_request_count', 'Requests that are being served'),
    authentication: metrics.histogram(
      'auth_db_connection_duration_seconds',
      'Time to find the service and the keys of a request, most often in memory',
    ),
    jsonParsing: metrics.histogram(
      'post_notification_json_parse_duration_seconds',
      'Time to parse the body of a request to send',
    ),
    rateLimiting: metrics.histogram(
      'redis_exceeded_rate_limit_duration_seconds',
      'Time to take tokens for the requests of one moment',
      ['algorithm'],
    ),
    dailyLimiting: metrics.histogram(
      'redis_get_and_incr_daily_limit_duration_seconds',
      'Time to count the messages of one group against the limits of the day, in the statement that stores them',
    ),
    connections: metrics.gauge('db_connection_total_connected', 'Connections to PostgreSQL'),
    connectionsInUse: metrics.gauge('db_connection_total_checked_out', 'Connections to PostgreSQL in use'),
    connectionUse: metrics.histogram(
      'db_connection_open_duration_seconds',
      'Time that a connection to PostgreSQL was in use for',
    ),
  };
}

function operatingMetrics(metrics: Metrics) {
  // Each worker that measured may report: of equal or older values the largest stands.
  const largest = { aggregator: 'max' } as const;
  return {
    notDeliveredWithin: metrics.gauge(
      'provider_sms_legacy_not_delivered_within',
      'Share of the text messages of the last minutes that took longer, from 0 to 1',
      ['provider', 'time_window_delivery', 'time_window_evaluation'],
      largest,
    ),
    providerPriority: metrics.gauge('provider_priority', 'Weight of a provider', ['provider'], largest),
    providerUpdatedAt: metrics.gauge(
      'provider_updated_at',
      'When weight or state of a provider changed last, in seconds since 1970',
      ['provider'],
      largest,
    ),
    providerInfo: metrics.gauge('provider_info', 'Whether a provider is active', ['provider'], largest),
    taskDuration: metrics.histogram('celery_task_duration', 'Seconds of the run that a job was part of', [
      'task',
      'status',
      'queue',
    ]),
    taskCpuTime: metrics.histogram(
      'celery_task_cpu_time',
      'Seconds of CPU for one job: those of the process, shared among what ran in it',
      ['task', 'status', 'queue'],
    ),
    alerts: metrics.counter('notify_alerts_total', 'Alerts that were raised', ['alert']),
    stuckLetters: metrics.gauge('notify_stuck_letters', 'Letters that somebody should look at', ['state']),
    scheduledRuns: metrics.counter('notify_scheduled_runs_total', 'Runs of what runs by the clock', ['task']),
  };
}
