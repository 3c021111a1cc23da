import type { NhsEntity } from '../change-events/nhs-entity.ts';
import type { DosService } from '../dos/dos-service.ts';
import { switchedOff } from '../matching/review-matches.ts';
import { compareAddress } from './address.ts';
import {
  compareBloodPressure,
  compareContraception,
  comparePalliativeCare,
} from './commissioned-services.ts';
import type { Comparison, Surroundings } from './comparison.ts';
import { compareOpeningTimes } from './opening-times.ts';
import { comparePublicPhone } from './public-phone.ts';
import { compareWebsite } from './website.ts';

/**
 * Compares every managed attribute of a DoS service with a change event (6.8). The order is fixed: it becomes
 * the order of the keys in the service history.
 */
export function compareService(
  service: DosService,
  entity: NhsEntity,
  surroundings: Surroundings,
): Comparison {
  const comparison: Comparison = {
    service,
    entity,
    surroundings,
    changes: [],
    reports: [],
    remarks: [...service.remarks],
  };
  // Switched off since it was matched: nothing of it is touched, as if it had been off then (6.6, steps 2 and 3).
  if (switchedOff(entity, [service]).length === 0) {
    compareWebsite(comparison);
    comparePublicPhone(comparison);
    compareAddress(comparison);
    compareOpeningTimes(comparison);
    comparePalliativeCare(comparison);
  }
  compareBloodPressure(comparison);
  compareContraception(comparison);
  return comparison;
}
