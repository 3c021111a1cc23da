import { historyChangeOf } from '../service-history/history-change.ts';
import type { Comparison } from './comparison.ts';

/**
 * The comparison without the changes of other fields, which are named by their keys in the service history. Latitude
 * and longitude have none; they go with the postcode.
 */
export function onlyFields(comparison: Comparison, fields: readonly string[] | undefined): Comparison {
  if (fields === undefined) return comparison;
  const changes = comparison.changes.filter((change) =>
    fields.includes(historyChangeOf(change)?.key ?? 'postalcode'),
  );
  return { ...comparison, changes };
}
