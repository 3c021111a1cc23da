// An agency of NOMIS, and what the register takes for it.
import { type CodeTable, translate } from '../../engine/codes.ts';

interface Code {
  code: string;
  description: string;
}

/** `GET /agency/{agencyId}`; what is null is left out. */
export interface NomisAgency {
  agencyId: string;
  description: string;
  longDescription?: string;
  type: Code;
  active: boolean;
  deactivationDate?: string;
  contactName?: string;
  courtType?: Code;
  disabilityAccessCode?: string;
  area?: Code;
  subArea?: Code;
  region?: Code;
  nomsRegion?: Code;
  payrollRegion?: Code;
  cjitCode?: string;
  localAuthorities: Code[];
  addresses: {
    flat?: string;
    premise?: string;
    street?: string;
    locality?: string;
    postcode?: string;
    city?: Code;
    county?: Code;
    country?: Code;
  }[];
  phones: { number: string }[];
  emailAddresses: { email: string }[];
}

export type AgencyToSend = ReturnType<typeof toAgency>;

/** Throws RefusedRecordError for a kind of agency that the register does not have. */
export function toAgency(agency: NomisAgency) {
  return {
    agencyId: agency.agencyId,
    agency: {
      agencyType: translate('agency type', AGENCY_TYPES, agency.type.code),
      name: agency.description,
      description: agency.longDescription ?? null,
      active: agency.active,
      inactiveDate: agency.deactivationDate ?? null,
      cjitCode: agency.cjitCode ?? null,
      areaCode: agency.area?.code ?? null,
      subareaCode: agency.subArea?.code ?? null,
      regionCode: agency.nomsRegion?.code ?? null,
      geographicalAreaCode: agency.region?.code ?? null,
      payrollRegionCode: agency.payrollRegion?.code ?? null,
      localAuthorityCode: agency.localAuthorities[0]?.code ?? null,
      courtTypeCode: agency.courtType?.code ?? null,
      contact: agency.contactName ?? null,
      addresses: agency.addresses.map((address) => ({
        addressLine1: joined(address.flat, address.premise, address.street),
        addressLine2: address.locality ?? null,
        town: address.city?.description ?? null,
        county: address.county?.description ?? null,
        postcode: address.postcode ?? null,
        country: address.country?.description ?? null,
      })),
      emailAddresses: agency.emailAddresses.map(({ email }) => ({ address: email })),
      phoneNumbers: agency.phones.map(({ number }) => ({ number })),
    },
  };
}

function joined(...parts: (string | undefined)[]): string | null {
  const text = parts.filter((part) => part !== undefined).join(' ');
  return text === '' ? null : text;
}

/** A match of ours: the published interface lists only the register's words. */
const AGENCY_TYPES: CodeTable = {
  INST: 'PRISON',
  CRT: 'COURT',
  HOSPITAL: 'HOSPITAL',
  HSHOSP: 'SECURE_HOSPITAL',
  COMM: 'PROBATION_OFFICE',
  POLSTN: 'POLICE_CUSTODY_SUITE',
  APPR: 'APPROVED_PREMISE',
  AIRPORT: 'AIRPORT',
  CRC: 'PROBATION_CRC',
  IMDC: 'IMMIGRATION_DETENTION_CENTRE',
  OUT: 'OUTSIDE',
  PECS: 'PECS',
  PSY: 'PSYCHIATRIC_CARE',
  SCH: 'CHILDREN_SECURE_HOME',
  STC: 'SECURE_TRAINING_CENTRE',
  YOT: 'YOT',
};
