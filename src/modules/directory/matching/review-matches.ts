import type { NhsEntity } from '../change-events/nhs-entity.ts';
import type { MatchedService } from '../dos/dos-service.ts';
import {
  ACTIVE,
  bloodPressure,
  contraception,
  isMainOdsCode,
  PHARMACY,
  palliativeCare,
} from '../dos/service-types.ts';
import type { LogLine } from '../reports/log-line.ts';
import {
  hiddenOrClosedReport,
  invalidOpenTimesReport,
  missingServiceTypeReport,
  unmatchedPharmacyReport,
} from '../reports/matching-reports.ts';
import type { Report } from '../reports/report.ts';

export interface MatchReview {
  /** The services that each get one update request. */
  updates: MatchedService[];
  reports: Report[];
  remarks: LogLine[];
}

/**
 * The decision table of 6.6 over the services that matched the ODS code of an event, in database order. `beingSwitched`
 * are services that an earlier event switches on, whatever their status says yet.
 */
export function reviewMatches(
  entity: NhsEntity,
  matched: MatchedService[],
  beingSwitched: ReadonlySet<number> = new Set(),
): MatchReview {
  const remarks: LogLine[] = [
    {
      level: 'INFO',
      message:
        `Found ${matched.length} services in DB with matching first 5 chars of ODSCode: ` +
        `[${matched.map(describe).join(', ')}]`,
    },
  ];
  if (!matched.some((service) => service.statusId === ACTIVE)) {
    return { updates: [], reports: [unmatchedPharmacyReport(entity)], remarks };
  }
  const dropped = new Set(switchedOff(entity, matched).filter(({ id }) => !beingSwitched.has(id)));
  for (const { typeId, name } of [bloodPressure, contraception]) {
    if (![...dropped].some((service) => service.typeId === typeId)) continue;
    remarks.push({ level: 'INFO', message: `Removing matched ${name.toLowerCase()} services` });
  }
  const services = matched.filter((service) => !dropped.has(service));
  remarks.push({
    level: 'INFO',
    message: 'Matched DoS Services after services filtered',
    fields: { matched: services.map(describe) },
  });
  if (entity.status === 'HIDDEN' || entity.status === 'CLOSED') {
    return {
      updates: [],
      reports: services.map((service) => hiddenOrClosedReport(entity, service)),
      remarks,
    };
  }
  return { updates: services, reports: findAnomalies(entity, services), remarks };
}

/** Services that are off and that the event does not switch on: they stay off without a trace (steps 2 and 3). */
export function switchedOff<S extends Pick<MatchedService, 'typeId' | 'statusId'>>(
  entity: NhsEntity,
  services: readonly S[],
): S[] {
  return services.filter(
    ({ typeId, statusId }) =>
      statusId !== ACTIVE &&
      ((typeId === bloodPressure.typeId && entity.bloodPressure !== true) ||
        (typeId === contraception.typeId && entity.contraception !== true)),
  );
}

/** The review with update requests for these services only; undefined means all. */
export function onlyServices(review: MatchReview, services: readonly number[] | undefined): MatchReview {
  if (services === undefined) return review;
  return { ...review, updates: review.updates.filter(({ id }) => services.includes(id)) };
}

function findAnomalies(entity: NhsEntity, services: MatchedService[]): Report[] {
  const reports: Report[] = [];
  if (!entity.openingTimes.areAllValid) reports.push(invalidOpenTimesReport(entity, services));
  const pharmacy = services.findLast((service) => service.typeId === PHARMACY && service.statusId === ACTIVE);
  for (const [missing, isOffered] of [
    [bloodPressure, entity.bloodPressure],
    [contraception, entity.contraception],
  ] as const) {
    const isMissing = isOffered === true && !services.some((service) => service.typeId === missing.typeId);
    if (isMissing && pharmacy !== undefined) {
      const reason = `No '${missing.name}' type service profile`;
      reports.push(missingServiceTypeReport(entity, missing, reason, pharmacy));
    }
  }
  const [first] = services;
  const hasMainPharmacy = services.some(
    ({ typeId, odsCode }) => typeId === PHARMACY && isMainOdsCode(odsCode),
  );
  if (entity.palliativeCare === true && first !== undefined && !hasMainPharmacy) {
    const reason = 'No Active Pharmacy with 5 Character ODSCode';
    reports.push(missingServiceTypeReport(entity, palliativeCare, reason, first));
  }
  return reports;
}

function describe({ name, uid, odsCode, typeId, statusId }: MatchedService): string {
  return `<${name} uid=${uid} ods=${odsCode} type=${typeId} status=${statusId}>`;
}
