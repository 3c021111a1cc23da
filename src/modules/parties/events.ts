import type { EventInput } from '#platform/events';
import type { Metrics } from '#platform/telemetry';
import type { DomainEvent, DomainEventName } from './domain/domain-events.ts';
import type { ChangeOrigin } from './store/change.ts';

/** Counters of what people watch (spec section 8.3); latency by route and status is measured by the listener. */
export type PartiesMetrics = ReturnType<typeof createPartiesMetrics>;

export function createPartiesMetrics(metrics: Metrics) {
  return {
    odsChecks: metrics.counter(
      'signalbox_parties_ods_checks_total',
      'ODS codes checked, by where the answer came from and what it was',
      ['source', 'outcome'],
    ),
    odsSeconds: metrics.histogram(
      'signalbox_parties_ods_check_seconds',
      'Time of a check against the organisation directory, retries included',
    ),
    idRedraws: metrics.counter(
      'signalbox_parties_id_redraws_total',
      'Product ids drawn again because they were taken',
    ),
    existingItems: metrics.counter(
      'signalbox_parties_item_exists_total',
      'Teams refused because their alias was in use',
    ),
    parkedEvents: metrics.counter(
      'signalbox_parties_events_parked_total',
      'Domain events that their subscriber did not take in five attempts',
    ),
    poolWaiting: metrics.gauge(
      'signalbox_parties_pool_waiting',
      'Statements that wait for a database connection, by pool',
      ['pool'],
    ),
  };
}

const REGISTER_NAMES: Record<DomainEventName, string> = {
  product_team_deleted_event: 'product_team.deleted',
  cpm_product_deleted_event: 'product.deleted',
};

/** The change in the train register: ids to search by, and no names. */
export function registerEvent(event: DomainEvent, origin: ChangeOrigin): EventInput {
  const { payload } = event;
  const teamId = payload.cpm_product_team_id;
  return {
    name: REGISTER_NAMES[event.name],
    correlationId: origin.correlationId,
    subjects: [
      event.aggregateId,
      ...(typeof teamId === 'string' ? [teamId] : []),
      ...(typeof payload.ods_code === 'string' ? [payload.ods_code] : []),
    ],
    properties: { application: origin.application, ods_code: payload.ods_code },
  };
}
