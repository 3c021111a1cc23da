import type { NhsEntity } from '../change-events/nhs-entity.ts';
import type { MatchedService } from '../dos/dos-service.ts';
import type { CommissionedService } from '../dos/service-types.ts';
import type { Report } from './report.ts';

/** 8.3.1 `UNMATCHED_PHARMACY` */
export function unmatchedPharmacyReport(entity: NhsEntity): Report {
  const { record, odsCode } = entity;
  return {
    key: 'UNMATCHED_PHARMACY',
    message: `No matching DOS services found that fit all criteria for ODSCode '${odsCode}'`,
    fields: {
      nhsuk_odscode: odsCode,
      nhsuk_organisation_name: record.OrganisationName ?? null,
      nhsuk_organisation_typeid: record.OrganisationTypeId ?? null,
      nhsuk_organisation_status: record.OrganisationStatus ?? null,
      nhsuk_organisation_subtype: record.OrganisationSubType ?? null,
      ...addressFields(entity),
      nhsuk_postcode: entity.postcode,
      nhsuk_parent_organisation_name: entity.parentOrganisationName,
    },
  };
}

/** 8.3.1 `HIDDEN_OR_CLOSED` */
export function hiddenOrClosedReport(entity: NhsEntity, service: MatchedService): Report {
  const { record } = entity;
  return {
    key: 'HIDDEN_OR_CLOSED',
    message: 'NHS Service marked as closed or hidden, no change events will be produced from this event',
    fields: {
      dos_service_uid: service.uid,
      nhsuk_odscode: entity.odsCode,
      dos_service_name: service.name,
      nhsuk_service_status: record.OrganisationStatus ?? null,
      nhsuk_service_type: record.OrganisationType ?? null,
      nhsuk_sector: record.OrganisationSubType ?? null,
      dos_service_status: service.statusName,
      dos_service_type: service.typeName,
      nhsuk_parent_organisation_name: entity.parentOrganisationName,
      dos_service_typeid: service.typeId,
    },
    regionOf: service.id,
  };
}

/** 8.3.1 `INVALID_OPEN_TIMES` */
export function invalidOpenTimesReport(entity: NhsEntity, services: MatchedService[]): Report {
  return {
    key: 'INVALID_OPEN_TIMES',
    message: `NHS Entity '${entity.odsCode}' has a misformatted or illogical set of opening times.`,
    fields: {
      nhsuk_odscode: entity.odsCode,
      nhsuk_organisation_name: entity.record.OrganisationName ?? null,
      nhsuk_open_times_payload: JSON.stringify(entity.record.OpeningTimes ?? null),
      dos_service_type_name: services.map((service) => service.typeName).join(', '),
      dos_services: services.map((service) => service.uid).join(', '),
    },
    metric: 'InvalidOpenTimes',
  };
}

/** 8.3.1 `MISSING_SERVICE_TYPE`; the service stands for the pharmacy in DoS. */
export function missingServiceTypeReport(
  entity: NhsEntity,
  missing: CommissionedService,
  reason: string,
  service: MatchedService,
): Report {
  const { record } = entity;
  return {
    key: 'MISSING_SERVICE_TYPE',
    message: 'Missing DoS service for a certain type associated with a NHS UK Service Code',
    fields: {
      nhsuk_odscode: entity.odsCode,
      nhsuk_organisation_name: record.OrganisationName ?? null,
      nhsuk_organisation_typeid: record.OrganisationTypeId ?? null,
      nhsuk_organisation_status: record.OrganisationStatus ?? null,
      nhsuk_organisation_subtype: record.OrganisationSubType ?? null,
      dos_missing_service_type: missing.name,
      dos_service_address: service.address,
      dos_service_postcode: service.postcode,
      reason,
      nhsuk_parent_organisation_name: entity.parentOrganisationName,
    },
    regionOf: service.id,
  };
}

/** The address as it was sent; an absent field is empty text, a null one stays null. */
export function addressFields({ record }: NhsEntity): Record<string, unknown> {
  const { Address1 = '', Address2 = '', Address3 = '', City = '', County = '' } = record;
  return {
    nhsuk_address1: Address1,
    nhsuk_address2: Address2,
    nhsuk_address3: Address3,
    nhsuk_city: City,
    nhsuk_county: County,
  };
}
