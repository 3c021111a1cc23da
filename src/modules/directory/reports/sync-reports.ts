import type { NhsEntity } from '../change-events/nhs-entity.ts';
import type { DosService } from '../dos/dos-service.ts';
import type { CommissionedService } from '../dos/service-types.ts';
import { formatPeriodWithSeconds } from '../opening-times/open-periods.ts';
import { addressFields } from './matching-reports.ts';
import type { Report } from './report.ts';

/** 8.3.1 `BLANK_STANDARD_OPENINGS` */
export function blankStandardOpeningsReport(entity: NhsEntity, service: DosService): Report {
  return {
    key: 'BLANK_STANDARD_OPENINGS',
    message: 'NHS Service has matching DoS services but no given standard opening times.',
    fields: {
      nhsuk_odscode: entity.odsCode,
      dos_service_id: service.id,
      dos_service_uid: service.uid,
      dos_service_name: service.name,
      nhsuk_service_status: entity.record.OrganisationStatus ?? null,
      nhsuk_service_type: entity.record.OrganisationType ?? null,
      nhsuk_sector: entity.record.OrganisationSubType ?? null,
      dos_service_status: service.statusId,
      dos_service_type: service.typeId,
      dos_service_type_name: service.typeName,
    },
    regionOf: service.id,
  };
}

/** 8.3.1 `GENERIC_BANK_HOLIDAY` */
export function genericBankHolidayReport(entity: NhsEntity, service: DosService): Report {
  return {
    key: 'GENERIC_BANK_HOLIDAY',
    message: `DoS Service uid=${service.uid} has a generic BankHoliday Standard opening time set in DoS`,
    fields: {
      nhsuk_odscode: entity.odsCode,
      nhsuk_organisation_name: entity.record.OrganisationName ?? null,
      dos_service_uid: service.uid,
      dos_service_name: service.name,
      bank_holiday_opening_times: `[${service.bankHolidayTimes.map(formatPeriodWithSeconds).join(', ')}]`,
      nhsuk_parent_org: entity.parentOrganisationName,
      dos_service_type_name: service.typeName,
    },
    regionOf: service.id,
  };
}

/** 8.3.1 `INVALID_POSTCODE` */
export function invalidPostcodeReport(entity: NhsEntity, service: DosService): Report {
  const { record, odsCode, postcode } = entity;
  return {
    key: 'INVALID_POSTCODE',
    message: `NHS entity '${odsCode}' postcode '${postcode}' is not a valid DoS postcode!`,
    fields: {
      nhsuk_odscode: odsCode,
      nhsuk_organisation_type: record.OrganisationType ?? null,
      nhsuk_organisation_name: record.OrganisationName ?? null,
      nhsuk_organisation_subtype: record.OrganisationSubType ?? null,
      ...addressFields(entity),
      nhsuk_postcode: postcode,
      validation_error_reason: 'Postcode not valid/found on DoS',
      dos_service: service.uid,
      dos_service_type_name: service.typeName,
      dos_service_name: service.name,
    },
    regionOf: service.id,
    metric: 'InvalidPostcode',
  };
}

/** 8.3.1 `GENERIC_CHANGE_EVENT_ERROR` about a website */
export function invalidWebsiteReport(service: DosService, raw: string, normalised: string): Report {
  return {
    key: 'GENERIC_CHANGE_EVENT_ERROR',
    message: 'Website is not valid',
    fields: {
      error_reason: 'Website is not valid',
      error_info: `NHSUK unedited website: '${raw}', NHSUK website='${normalised}'`,
      nhs_unedited_website: raw,
      nhs_website: normalised,
    },
    regionOf: service.id,
  };
}

/** 8.3.1 `GENERIC_CHANGE_EVENT_ERROR` about a Z code that DoS does not know */
export function missingZCodeReport(service: DosService, { name }: CommissionedService): Report {
  return {
    key: 'GENERIC_CHANGE_EVENT_ERROR',
    message: `${name} Z code does not exist in the DoS database`,
    fields: {
      error_reason: `${name} Z code does not exist`,
      error_info: 'symptom_group_symptom_discriminator=False',
    },
    regionOf: service.id,
  };
}
