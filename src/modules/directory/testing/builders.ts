import type { JsonObject, JsonValue } from '../change-events/lossless-json.ts';
import { type NhsEntity, readNhsEntity } from '../change-events/nhs-entity.ts';
import type { Surroundings } from '../comparison/comparison.ts';
import type { DosLocation, DosService, MatchedService } from '../dos/dos-service.ts';
import { emptyWeek, type OpenPeriod } from '../opening-times/open-periods.ts';
import { parseTime } from '../opening-times/times.ts';

/** The example of the specification with a whole week: a record that agrees with `dosService()` in all but status. */
export function eventRecord(overrides: JsonObject = {}): JsonObject {
  return {
    ODSCode: 'FZX01',
    OrganisationName: 'Quayside Pharmacy',
    OrganisationTypeId: 'PHA',
    OrganisationType: 'Pharmacy',
    OrganisationSubType: 'Community',
    OrganisationStatus: 'Visible',
    ParentOrganisation: { ODSCode: 'P9Z', OrganisationName: 'Harbour Chemists Ltd' },
    Address1: 'UNIT 2',
    Address2: "14 o'neill parade",
    Address3: null,
    City: 'SAMPLETON',
    County: '',
    Postcode: 'ZZ99 1AA',
    Contacts: [
      contact('Telephone', '01632 960 001'),
      contact('Website', 'https://Quayside.Example.ORG/Shop'),
    ],
    OpeningTimes: [
      openOn('Monday', '09:00', '17:00'),
      openOn('Wednesday', '08:30', '12:15'),
      closedOn('Sunday'),
      closedOnDate('Mar 5 2031'),
    ],
    UecServices: [],
    Services: [],
    ...overrides,
  };
}

export function entity(overrides: JsonObject = {}): NhsEntity {
  return readNhsEntity(eventRecord(overrides));
}

export function contact(method: string, value: JsonValue): JsonObject {
  return {
    ContactType: 'Primary',
    ContactAvailabilityType: 'Office hours',
    ContactMethodType: method,
    ContactValue: value,
  };
}

export function openOn(weekday: string, opens: string, closes: string): JsonObject {
  return {
    OpeningTimeType: 'General',
    Weekday: weekday,
    OpeningTime: opens,
    ClosingTime: closes,
    AdditionalOpeningDate: '',
    IsOpen: true,
  };
}

export function closedOn(weekday: string): JsonObject {
  return { ...openOn(weekday, '', ''), IsOpen: false };
}

export function openOnDate(date: string, opens: string, closes: string): JsonObject {
  return { ...openOn('', opens, closes), OpeningTimeType: 'Additional', AdditionalOpeningDate: date };
}

export function closedOnDate(date: string): JsonObject {
  return { ...openOnDate(date, '', ''), IsOpen: false };
}

/** `periods('09:00-12:00', '13:00-17:00')` */
export function periods(...texts: string[]): OpenPeriod[] {
  return texts.map((text) => {
    const [start, end] = text.split('-').map(parseTime);
    return { start: start ?? Number.NaN, end: end ?? Number.NaN };
  });
}

export function matchedService(overrides: Partial<MatchedService> = {}): MatchedService {
  return {
    id: 101,
    uid: '2000000101',
    name: 'Pharmacy: Quayside',
    odsCode: 'FZX01',
    address: 'Unit 2$14 Oneill Parade$Sampleton',
    postcode: 'ZZ99 1AA',
    typeId: 13,
    typeName: 'Pharmacy',
    statusId: 1,
    statusName: 'active',
    ...overrides,
  };
}

/** The DoS service that says exactly what `eventRecord()` says. */
export function dosService(overrides: Partial<DosService> = {}): DosService {
  const standardTimes = emptyWeek();
  standardTimes[0] = periods('09:00-17:00');
  standardTimes[2] = periods('08:30-12:15');
  return {
    ...matchedService(),
    publicName: 'Quayside Pharmacy',
    town: 'SAMPLETON',
    web: 'https://quayside.example.org/Shop',
    publicPhone: '01632960001',
    easting: 434039,
    northing: 289239,
    latitude: 52.5,
    longitude: -1.5,
    standardTimes,
    bankHolidayTimes: [],
    specifiedTimes: [{ date: '2031-03-05', isOpen: false, periods: [] }],
    zCodes: new Set(),
    history: null,
    remarks: [],
    ...overrides,
  };
}

export function dosLocation(overrides: Partial<DosLocation> = {}): DosLocation {
  return {
    postcode: 'ZZ99 1AB',
    town: 'OTHERTON',
    easting: 433971,
    northing: 289350,
    latitude: 52.501,
    longitude: -1.501,
    ...overrides,
  };
}

export function surroundings(overrides: Partial<Surroundings> = {}): Surroundings {
  return {
    today: '2030-01-01',
    locations: new Map([['ZZ991AB', [dosLocation()]]]),
    knownZCodes: new Set(['360=14167', '360=14207', '360=14210']),
    ...overrides,
  };
}
