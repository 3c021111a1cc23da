import {
  ACTIVE,
  bloodPressure,
  CLOSED,
  type CommissionedService,
  contraception,
  formatZCode,
  isMainOdsCode,
  PHARMACY_TYPES,
  palliativeCare,
} from '../dos/service-types.ts';
import { missingZCodeReport } from '../reports/sync-reports.ts';
import { type Comparison, info, warn } from './comparison.ts';

/** 6.8.6: a Z code on the main profile of a pharmacy. An event that never said anything changes nothing. */
export function comparePalliativeCare(comparison: Comparison): void {
  const { service, entity, changes } = comparison;
  const isSuitable = service.typeId === palliativeCare.typeId && isMainOdsCode(service.odsCode);
  const offered = entity.palliativeCare;
  const isInDos = PHARMACY_TYPES.includes(service.typeId) && hasZCode(comparison, palliativeCare);
  if (isSuitable) remarkOnEquality(comparison, palliativeCare, isInDos, offered);
  if (!isSuitable || offered === null || offered === isInDos) {
    info(comparison, 'No change / Not suitable for palliative care comparison', {
      nhs_uk_palliative_care:
        offered ?? 'Never been updated on Profile Manager, skipped palliative care checks',
      dos_palliative_care: isInDos,
      dos_odscode: service.odsCode,
      skip_palliative_care_check: offered === null,
    });
  } else if (isKnown(comparison, palliativeCare)) {
    changes.push({ kind: 'z_code', action: offered ? 'add' : 'delete', zCode: palliativeCare.zCode });
  } else {
    reportUnknownZCode(comparison, palliativeCare, { palliative_care_is_set_to: offered });
  }
}

/** 6.8.7 */
export function compareBloodPressure(comparison: Comparison): void {
  compareSwitchedService(comparison, bloodPressure, comparison.entity.bloodPressure);
}

/** 6.8.7 */
export function compareContraception(comparison: Comparison): void {
  compareSwitchedService(comparison, contraception, comparison.entity.contraception);
}

function compareSwitchedService(
  comparison: Comparison,
  commissioned: CommissionedService,
  offered: boolean | null,
): void {
  const { service, changes } = comparison;
  const name = commissioned.name.toLowerCase();
  if (service.typeId !== commissioned.typeId) {
    info(comparison, `Not Suitable for ${name} comparison`, { dos_service_type_id: service.typeId });
    return;
  }
  const isActive = service.statusId === ACTIVE;
  remarkOnEquality(comparison, commissioned, isActive, offered);
  if (isActive === (offered === true)) {
    info(comparison, `No change to ${name}`);
  } else if (isActive) {
    // HEAD closes the service here, unlike palliative care, which ignores a list that was never set.
    if (offered === null)
      warn(comparison, `Closing the ${name} service as the event has no list of services`);
    changes.push({ kind: 'status', statusId: CLOSED, previous: service.statusName, value: 'closed' });
  } else {
    changes.push({ kind: 'status', statusId: ACTIVE, previous: service.statusName, value: 'active' });
    if (hasZCode(comparison, commissioned)) return;
    if (isKnown(comparison, commissioned)) {
      changes.push({ kind: 'z_code', action: 'add', zCode: commissioned.zCode });
    } else {
      const key = `new_${name.replace(' ', '_')}_status`;
      reportUnknownZCode(comparison, commissioned, { [key]: 'active' });
    }
  }
}

/** The report and the alarm-raising error about a Z code that this DoS does not have (6.8.6, 6.8.7). */
function reportUnknownZCode(
  { service, reports, remarks }: Comparison,
  commissioned: CommissionedService,
  fields: Record<string, unknown>,
): void {
  const name = commissioned.name.toLowerCase();
  const subject = commissioned === palliativeCare ? name : `z code ${name}`;
  reports.push(missingZCodeReport(service, commissioned));
  remarks.push({
    level: 'ERROR',
    message:
      `Unable to save ${subject} changes for service id ${service.id} as the ${name} ` +
      'Z code does not exist in the DoS database',
    fields,
    // Only the metric of palliative care has the prefix (8.4).
    metric: `${commissioned === palliativeCare ? 'DoS' : ''}${commissioned.name.replace(' ', '')}ZCodeDoesNotExist`,
  });
}

function remarkOnEquality(
  comparison: Comparison,
  { name }: CommissionedService,
  isInDos: boolean,
  offered: boolean | null,
): void {
  const sides = [`DoS='${spell(isInDos)}'`, `NHS UK='${spell(offered)}'`];
  if (isInDos === offered) info(comparison, `${name} is equal, ${sides.join(' == ')}`);
  else info(comparison, `${name} is not equal, ${sides.join(' != ')}`);
}

/** Saved searches look for the spelling of the original's language. */
function spell(value: boolean | null): string {
  return value === null ? 'None' : value ? 'True' : 'False';
}

function hasZCode({ service }: Comparison, { zCode }: CommissionedService): boolean {
  return service.zCodes.has(formatZCode(zCode));
}

function isKnown({ surroundings }: Comparison, { zCode }: CommissionedService): boolean {
  return surroundings.knownZCodes.has(formatZCode(zCode));
}
