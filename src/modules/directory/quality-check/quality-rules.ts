import type { Handle } from '#platform/db';
import {
  type CheckedService,
  findRepeatedServices,
  findZCodeOnLongCode,
  findZCodeOnWrongType,
} from '../dos/quality-queries.ts';
import {
  bloodPressure,
  type CommissionedService,
  contraception,
  formatZCode,
  palliativeCare,
  SWITCHED_TYPES,
} from '../dos/service-types.ts';
import type { Report } from '../reports/report.ts';

export interface QualityRuleOptions {
  /** First character of the ODS codes looked at, in either case. */
  letter: string;
  /** Types that may carry the palliative care Z code although it is not theirs. */
  palliativeExemptTypes: readonly number[];
}

/** Everything that DoS profiles wrongly, as reports in the order of spec section 6.15. Reads only. */
export async function findQualityIssues(reader: Handle, options: QualityRuleOptions): Promise<Report[]> {
  const letters = [...new Set([options.letter.toLowerCase(), options.letter.toUpperCase()])];
  const repeated = await findRepeatedServices(reader, letters, SWITCHED_TYPES);
  const reports = repeated.map((service) =>
    issueReport(service, `Multiple 'Pharmacy' type services found (type ${service.typeId})`),
  );
  for (const commissioned of [palliativeCare, bloodPressure, contraception]) {
    const exemptTypes = commissioned === palliativeCare ? options.palliativeExemptTypes : [];
    const misplaced = await findZCodeOnWrongType(reader, commissioned, { letters, exemptTypes });
    const reason = `${commissioned.name} ZCode is on invalid service type`;
    reports.push(...misplaced.map((service) => issueReport(service, reason, commissioned)));
    if (commissioned !== palliativeCare) continue;
    const derived = await findZCodeOnLongCode(reader, commissioned, letters);
    reports.push(...derived.map((service) => issueReport(service, WRONGLY_PROFILED, commissioned)));
  }
  return reports;
}

const WRONGLY_PROFILED =
  'Palliative Care ZCode is on the correct service type, but the service is incorrectly profiled';

/** 8.3.1 `QUALITY_CHECK_REPORT_KEY` */
function issueReport(service: CheckedService, reason: string, commissioned?: CommissionedService): Report {
  return {
    key: 'QUALITY_CHECK_REPORT_KEY',
    message: reason,
    fields: {
      dos_service_uid: service.uid,
      dos_service_odscode: service.odsCode,
      dos_service_name: service.name,
      dos_service_type_name: service.typeName,
      dos_service_type_id: service.typeId,
      z_code: commissioned === undefined ? '' : formatZCode(commissioned.zCode),
      reason,
      odscode: [...service.odsCode].slice(0, 5).join(''),
    },
    regionOf: service.id,
    metric: 'QualityCheckerIssueFound',
  };
}
