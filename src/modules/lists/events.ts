import type { EventInput } from '#platform/events';
import type { Metrics } from '#platform/telemetry';

/** Counters of what people watch, few labels each. */
export type ListsMetrics = ReturnType<typeof createListsMetrics>;

export function createListsMetrics(metrics: Metrics) {
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
