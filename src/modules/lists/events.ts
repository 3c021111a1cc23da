import type { EventInput } from '#platform/events';
import type { Metrics } from '#platform/telemetry';

/** Counters of what people watch, few labels each. */
export type ListsMetrics = ReturnType<typeof createListsMetrics>;

export function createListsMetrics(metrics: Metrics) {
  // One worker sets them each minute, not always the same.
  const gauge = (name: string, help: string) =>
    metrics.gauge(`signalbox_lists_${name}`, help, [], { aggregator: 'max' });
  return {
    reservations: metrics.counter('signalbox_lists_reservations_total', 'Reservations by what happened', [
      'transition',
    ]),
    refusals: metrics.counter('signalbox_lists_domain_errors_total', 'Requests refused by a rule', ['code']),
    mails: metrics.counter('signalbox_lists_mails_total', 'E-mails by outcome', ['outcome']),
    lookups: metrics.counter('signalbox_lists_lookups_total', 'Product pages asked, by shop and outcome', [
      'shop',
      'outcome',
    ]),
    kpi: metrics.counter('signalbox_lists_kpi_total', 'KPI pushes by outcome', ['outcome']),
    signIns: metrics.counter('signalbox_lists_sign_ins_total', 'Sign-ins by outcome', ['outcome']),
    clientErrors: metrics.counter('signalbox_lists_client_errors_total', 'Errors browsers reported'),
    notFound: gauge('not_found_products', 'Products that wait for an administrator'),
    oldestNotFound: gauge('not_found_oldest_seconds', 'Age of the oldest product that waits'),
    outbox: gauge('mails_waiting', 'E-mails that wait to be handed over'),
    oldestMail: gauge('mails_waiting_oldest_seconds', 'Age of the oldest e-mail that waits'),
    backupAge: gauge('backup_age_seconds', 'Age of the newest backup'),
    backupBytes: gauge('backup_bytes', 'Size of the newest backup'),
    sessions: gauge('sessions', 'Sessions that have not expired'),
  };
}

/** A business event of spec section 8.1: ids and counts, never a name, an address or a text. */
export function listsEvent(
  name: string,
  correlationId: string | null,
  subjects: (string | null | undefined)[],
  properties: Record<string, unknown> = {},
): EventInput {
  return {
    name,
    correlationId,
    // A guest's holder key is an e-mail address; callers pass ids only, and this makes sure.
    subjects: subjects.filter(
      (subject): subject is string => typeof subject === 'string' && !subject.includes('@'),
    ),
    properties,
  };
}
