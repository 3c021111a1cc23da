import type { ServiceChange } from '../comparison/service-change.ts';
import type { DosService } from '../dos/dos-service.ts';
import { formatZCode } from '../dos/service-types.ts';
import { formatPeriods, formatSpecifiedDays } from '../opening-times/open-periods.ts';
import { historyChangeOf } from '../service-history/history-change.ts';
import type { Report } from './report.ts';

/** One `SERVICE_UPDATE` per key of the new history entry, in its order (8.3.2); to be reported after commit. */
export function serviceUpdateReports(service: DosService, changes: ServiceChange[]): Report[] {
  return changes.flatMap((change) => {
    const recorded = historyChangeOf(change);
    if (recorded === null) return [];
    const { key } = recorded;
    const { previous, value } = describe(key, change);
    return {
      key: 'SERVICE_UPDATE',
      message: 'Service update complete',
      fields: {
        action: recorded.change.changetype,
        previous_value: quote(previous),
        new_value: quote(value),
        data_field_modified: key,
        service_name: service.name,
        service_uid: service.uid,
        type_id: String(service.typeId),
      },
      regionOf: service.id,
      metric: 'ServiceUpdate',
    };
  });
}

type Shown = string | number | null;

function describe(key: string, change: ServiceChange): { previous: Shown; value: Shown } {
  switch (change.kind) {
    case 'column':
    case 'status':
      return { previous: change.previous, value: change.value };
    case 'weekday':
      return describeTimes(key, formatPeriods(change.previous), formatPeriods(change.value));
    case 'specified':
      return describeTimes(key, formatSpecifiedDays(change.previous), formatSpecifiedDays(change.value));
    case 'z_code': {
      const action = change.action === 'add' ? 'add' : 'remove';
      return { previous: null, value: `${key}_update=${action}=${formatZCode(change.zCode)}` };
    }
  }
}

function describeTimes(key: string, previous: string[], value: string[]): { previous: Shown; value: Shown } {
  const removed = previous.length > 0 ? `remove=${previous.join(',')}` : '';
  const added = value.length > 0 ? `add=${value.join(',')}` : '';
  return {
    previous: previous.length > 0 ? `${key}_existing=${previous.join(',')}` : null,
    value: `${key}_update=${removed}${added}`,
  };
}

/** Values carry their own quotes, so that a reader can tell an empty one from a missing one. */
function quote(value: Shown): string {
  return value === null || value === '' || value === 'None' ? '' : `"${value}"`;
}
