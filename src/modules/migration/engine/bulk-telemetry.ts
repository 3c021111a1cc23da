import type { BulkTelemetry, SentEntity } from './domain.ts';

/** Bulk events with the names of the common scheme; `idsOf` names the ids of one record. */
export function bulkTelemetry<R>(
  name: string,
  idsOf: (key: string, targetId: string) => Record<string, string>,
  factsOf: (record: R) => Record<string, string> = () => ({}),
): BulkTelemetry<R> {
  return {
    migrated: (record, { key, targetId }: SentEntity) => ({ ...idsOf(key, targetId), ...factsOf(record) }),
    rejected: {
      name: `nomis-migration-${name}-rejected`,
      properties: (record, { key, targetId }) => ({ ...idsOf(key, targetId), ...factsOf(record) }),
    },
    duplicate: {
      name: `nomis-migration-${name}-duplicate`,
      properties: (duplicate, existing) => ({
        ...prefixed('duplicate', idsOf(duplicate.nomisKey, duplicate.dpsKey)),
        ...prefixed('existing', idsOf(existing.nomisKey, existing.dpsKey)),
      }),
    },
  };
}

function prefixed(prefix: string, ids: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ids).map(([name, id]) => [`${prefix}${name[0]?.toUpperCase()}${name.slice(1)}`, id]),
  );
}
