import { bloodPressure, contraception, palliativeCare } from '../dos/service-types.ts';
import { type NhsOpeningTimes, parseNhsOpeningTimes } from '../opening-times/nhs-opening-times.ts';
import type { LogLine } from '../reports/log-line.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './lossless-json.ts';

/** The view of a change event that matching and comparison work on (6.3). */
export interface NhsEntity {
  odsCode: string;
  /** The whole record: reports quote fields of it as they were sent. */
  record: JsonObject;
  /** Upper case; a missing status counts as visible (D-11). */
  status: string;
  parentOrganisationName: JsonValue;
  addressLines: string[];
  postcode: string | null;
  /** Without spaces and in upper case; empty when there is no postcode. */
  normalPostcode: string;
  phone: string | null;
  website: string | null;
  /** Null means that it was never set in Profile Manager, which is not the same as no. */
  palliativeCare: boolean | null;
  bloodPressure: boolean | null;
  contraception: boolean | null;
  openingTimes: NhsOpeningTimes;
  remarks: LogLine[];
}

const ADDRESS_FIELDS = ['Address1', 'Address2', 'Address3', 'Address4', 'City', 'County'] as const;

/** Reads a validated change event; whatever else is null or malformed counts as absent (6.3, D-11). */
export function readNhsEntity(record: JsonObject): NhsEntity {
  const status = record.OrganisationStatus;
  const parent = record.ParentOrganisation;
  const postcode = textOrNull(record.Postcode);
  return {
    odsCode: textOrNull(record.ODSCode) ?? '',
    record,
    status: typeof status === 'string' ? status.toUpperCase() : 'VISIBLE',
    parentOrganisationName: isJsonObject(parent) ? (parent.OrganisationName ?? null) : null,
    addressLines: ADDRESS_FIELDS.map((field) => record[field]).filter(isFilledText),
    postcode,
    normalPostcode: normalisePostcode(postcode),
    phone: findContact(record.Contacts, 'TELEPHONE'),
    website: findContact(record.Contacts, 'WEBSITE'),
    palliativeCare: offers(record.UecServices, palliativeCare.nhsCode),
    bloodPressure: offers(record.Services, bloodPressure.nhsCode),
    contraception: offers(record.Services, contraception.nhsCode),
    openingTimes: parseNhsOpeningTimes(record.OpeningTimes),
    remarks:
      typeof status === 'string'
        ? []
        : [{ level: 'WARNING', message: 'The organisation has no status, so it counts as visible' }],
  };
}

/** Log keys that every line about the event carries from here on (6.3). */
export function entityLogKeys({ record }: NhsEntity): Record<string, JsonValue> {
  return {
    nhsuk_organisation_typeid: record.OrganisationTypeId ?? null,
    nhsuk_organisation_name: record.OrganisationName ?? null,
  };
}

/** Spaces removed, upper case: the form in which postcodes are compared (6.8.3). */
export function normalisePostcode(postcode: string | null): string {
  return (postcode ?? '').replaceAll(' ', '').toUpperCase();
}

/** The value of the first primary contact of office hours with this method (3.3). */
function findContact(contacts: JsonValue | undefined, method: string): string | null {
  if (!Array.isArray(contacts)) return null;
  const contact = contacts
    .filter(isJsonObject)
    .find(
      (candidate) =>
        isText(candidate.ContactType, 'PRIMARY') &&
        isText(candidate.ContactAvailabilityType, 'OFFICE HOURS') &&
        isText(candidate.ContactMethodType, method),
    );
  return textOrNull(contact?.ContactValue);
}

function offers(services: JsonValue | undefined, nhsCode: string): boolean | null {
  if (services === undefined) return false;
  if (!Array.isArray(services)) return null;
  return services.some((service) => isJsonObject(service) && service.ServiceCode === nhsCode);
}

function isText(value: JsonValue | undefined, expected: string): boolean {
  return typeof value === 'string' && value.toUpperCase() === expected;
}

function isFilledText(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function textOrNull(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
