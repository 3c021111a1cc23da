import type { Domain } from '../engine/domain.ts';
import type { MigrationConfig } from '../settings.ts';

/** How often a message of a queue is delivered, and how long it waits after each failure: spec sections 5.1 and 5.4. */
export interface RetryPolicy {
  maxReceives: number;
  backoffSeconds: string[];
}

/** Seconds to wait after each failed delivery of one type of event: set for it, or declared by its domain, or the queue's. */
export function backoffOfEvent(config: MigrationConfig, domain: Domain, eventType: string): number[] {
  const { queueId = '', events } = domain.sync ?? {};
  const own = config[`eventBackoff:${queueId}`]?.[eventType] ?? events?.[eventType]?.backoffSeconds;
  return [...(own ?? retryPolicyOf(config, queueId, 'event').backoffSeconds.map(Number))];
}

/** What is set for the queue itself counts before what is set for its kind. */
export function retryPolicyOf(
  config: MigrationConfig,
  queueId: string | undefined,
  kind: 'bulk' | 'event',
): RetryPolicy {
  const common =
    kind === 'bulk'
      ? { maxReceives: config.maxReceives, backoffSeconds: config.backoffSeconds }
      : { maxReceives: config.eventMaxReceives, backoffSeconds: config.eventBackoffSeconds };
  return {
    maxReceives: config[`receives:${queueId}`] ?? common.maxReceives,
    backoffSeconds: config[`backoff:${queueId}`] ?? common.backoffSeconds,
  };
}
