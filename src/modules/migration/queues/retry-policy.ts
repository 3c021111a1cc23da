import type { DeclaredRetries, Domain } from '../engine/domain.ts';
import type { MigrationConfig } from '../settings.ts';

/** How often a message of a queue is delivered, and how long it waits after each failure: spec sections 5.1 and 5.4. */
export interface RetryPolicy {
  maxReceives: number;
  backoffSeconds: number[];
}

// Where neither a setting nor the domain says otherwise.
const BULK_BACKOFF_SECONDS = [1, 1, 1, 10];
const EVENT_BACKOFF_SECONDS = [1, 10, 60, 600];

/** Seconds to wait after each failed delivery of one type of event: set for it, or declared by its domain, or the queue's. */
export function backoffOfEvent(config: MigrationConfig, domain: Domain, eventType: string): number[] {
  const { queueId = '', events } = domain.sync ?? {};
  const own = config[`eventBackoff:${queueId}`]?.[eventType] ?? events?.[eventType]?.backoffSeconds;
  return [...(own ?? retryPolicyOf(config, domain.sync, 'event').backoffSeconds)];
}

/** What is set for the queue itself counts before what is set for its kind, and that before what its domain declares. */
export function retryPolicyOf(
  config: MigrationConfig,
  queue: { queueId: string; retries?: DeclaredRetries } | undefined,
  kind: 'bulk' | 'event',
): RetryPolicy {
  const own = config[`backoff:${queue?.queueId}`];
  const [maxReceives, common, usual] =
    kind === 'bulk'
      ? [config.maxReceives, config.backoffSeconds, BULK_BACKOFF_SECONDS]
      : [config.eventMaxReceives, config.eventBackoffSeconds, EVENT_BACKOFF_SECONDS];
  return {
    maxReceives: config[`receives:${queue?.queueId}`] ?? maxReceives,
    backoffSeconds: (own ?? common)?.map(Number) ?? [...(queue?.retries?.backoffSeconds ?? usual)],
  };
}
