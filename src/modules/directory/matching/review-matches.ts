import type { NhsEntity } from '../change-events/nhs-entity.ts';
import type { MatchedService } from '../dos/dos-service.ts';
import {
  ACTIVE,
  bloodPressure,
  type CommissionedService,
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

/** The decision table of 6.6 over the services that matched the ODS code of an event, in database order. */
export function reviewMatches(entity: NhsEntity, matched: MatchedService[]): MatchReview {
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
  let services = dropUnlessOffered(matched, bloodPressure, entity.bloodPressure, remarks);
  services = dropUnlessOffered(services, contraception, entity.contraception, remarks);
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

/** A switched service that is off stays off without a trace unless the event switches it on (steps 2 and 3). */
function dropUnlessOffered(
  services: MatchedService[],
  { typeId, name }: CommissionedService,
  isOffered: boolean | null,
  remarks: LogLine[],
): MatchedService[] {
  if (isOffered === true) return services;
  const kept = services.filter((service) => service.typeId !== typeId || service.statusId === ACTIVE);
  if (kept.length < services.length) {
    remarks.push({ level: 'INFO', message: `Removing matched ${name.toLowerCase()} services` });
  }
  return kept;
}

function describe({ name, uid, odsCode, typeId, statusId }: MatchedService): string {
  return `<${name} uid=${uid} ods=${odsCode} type=${typeId} status=${statusId}>`;
}
