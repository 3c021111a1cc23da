import type { EventInput } from '#platform/events';
import type { Metrics } from '#platform/telemetry';

export type MigrationMetrics = ReturnType<typeof createMigrationMetrics>;

/** Counters of what people watch; labels are types and outcomes, never ids. */
export function createMigrationMetrics(metrics: Metrics) {
  return {
    entities: metrics.counter(
      'signalbox_migration_entities_total',
      'Records that bulk runs have dealt with, by what became of them',
      ['type', 'outcome'],
    ),
    synchronised: metrics.counter(
      'signalbox_migration_synchronised_total',
      'Events of the source that were dealt with, by what became of them',
      ['type', 'outcome'],
    ),
    uncertain: metrics.counter(
      'signalbox_migration_uncertain_total',
      'Creates whose outcome was unknown at first, by how it was found out',
      ['type', 'resolution'],
    ),
    uncertainRecords: metrics.gauge(
      'signalbox_migration_uncertain_records',
      'Records among the dead letters of which nobody knows whether their create arrived',
      ['type'],
    ),
    differences: metrics.gauge(
      'signalbox_migration_differences',
      'Records on which source and target differ, as last found',
      ['type'],
    ),
  };
}

/** All property values of the contract's events are texts; ids among them can be searched for. */
export function migrationEvent(
  name: string,
  properties: Record<string, string>,
  options: { correlationId?: string | null; subjects?: string[] } = {},
): EventInput {
  return {
    name,
    correlationId: options.correlationId ?? null,
    subjects: options.subjects ?? idsIn(properties),
    properties,
  };
}

/** Values of properties named as ids, which people search for. */
export function idsIn(properties: Record<string, string>): string[] {
  const ids = new Set<string>();
  for (const [name, value] of Object.entries(properties)) {
    if (value !== '' && (/Id$/.test(name) || name === 'offenderNo')) ids.add(value);
  }
  return [...ids];
}
