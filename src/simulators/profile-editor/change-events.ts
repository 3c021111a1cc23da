import {
  odsCodeAt,
  type PharmacyProfile,
  type ProfilePeriod,
  profileOf,
  type Variation,
} from '#reference/pharmacies';

/** What may be wrong with a change event. */
export const FAULTS = [
  /** A telephone number that no column holds: it fails however often it is tried. */
  'poison',
  /** Opening times that contradict themselves. */
  'invalid_times',
  /** A postcode that DoS does not know. */
  'unknown_postcode',
  /** A pharmacy that its owner has hidden. */
  'hidden',
  /** An ODS code that no DoS service has. */
  'unmatched',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface ChangeEventChoice {
  odsCode: string;
  /** Version 0 says exactly what a freshly seeded DoS database says. */
  version: number;
  /** What the version changes; by default as the version has it. */
  variation?: Variation;
  fault?: Fault;
  /** Whether the record carries a staff list, as real ones do. */
  hasStaff?: boolean;
}

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * The record that NHS.uk sends for a version of a pharmacy, always the same for the same choice. It spells things the
 * way pharmacy staff do, in capitals and with spaces, where DoS has them in its own form.
 */
export function changeEventFor(choice: ChangeEventChoice): Record<string, unknown> {
  const { fault } = choice;
  const profile = profileOf(choice.odsCode, choice.version, choice.variation);
  return {
    ODSCode: fault === 'unmatched' ? unmatchedCode(choice.odsCode) : profile.odsCode,
    OrganisationName: profile.name,
    OrganisationTypeId: 'PHA',
    OrganisationType: 'Pharmacy',
    OrganisationSubType: 'Community',
    OrganisationStatus: fault === 'hidden' ? 'Hidden' : 'Visible',
    ParentOrganisation: { ODSCode: 'PZZ', OrganisationName: profile.parentName },
    ...address(profile),
    Postcode: fault === 'unknown_postcode' ? 'ZZ98 9ZZ' : profile.location.postcode,
    Contacts: [
      contact('Telephone', fault === 'poison' ? '0'.repeat(300) : spacedPhone(profile.phone)),
      contact('Website', profile.website.replace('https://www.', 'HTTPS://WWW.')),
    ],
    OpeningTimes: fault === 'invalid_times' ? overMidnight() : openingTimes(profile),
    UecServices: serviceCodes({ SRV0559: profile.palliativeCare }),
    Services: serviceCodes({ SRV0560: profile.bloodPressure, SRV2000: profile.contraception }),
    ...(choice.hasStaff && {
      Staff: [{ Title: 'Mx', GivenName: 'Example', FamilyName: 'Person', Role: 'Pharmacist' }],
    }),
  };
}

/** The change event of pharmacy number `index`, counted round over the first `pharmacies` of them. */
export function changeEventNumber(index: number, pharmacies: number): Record<string, unknown> {
  return changeEventFor({
    odsCode: odsCodeAt(index % pharmacies),
    version: 1 + Math.floor(index / pharmacies),
  });
}

/** No seeded pharmacy has a code that starts with Y. */
function unmatchedCode(odsCode: string): string {
  return `Y${odsCode.slice(1)}`;
}

function address({ addressLines, location }: PharmacyProfile): Record<string, string | null> {
  const [first = '', second = null] = addressLines.map((line) => line.toUpperCase());
  return { Address1: first, Address2: second, Address3: null, Address4: '', City: location.town, County: '' };
}

function contact(method: string, value: string): Record<string, string> {
  return {
    ContactType: 'Primary',
    ContactAvailabilityType: 'Office hours',
    ContactMethodType: method,
    ContactValue: value,
  };
}

function spacedPhone(phone: string): string {
  return `${phone.slice(0, 5)} ${phone.slice(5, 8)} ${phone.slice(8)}`;
}

function openingTimes({ week, dates }: PharmacyProfile): object[] {
  return [
    ...week.flatMap((periods, day) =>
      elements({ OpeningTimeType: 'General', Weekday: WEEKDAYS[day] }, '', periods),
    ),
    ...dates.flatMap(({ date, periods }) =>
      elements({ OpeningTimeType: 'Additional', Weekday: '' }, spokenDate(date), periods),
    ),
  ];
}

function elements(place: object, date: string, periods: ProfilePeriod[]): object[] {
  const common = { ...place, OffsetOpeningTime: 0, OffsetClosingTime: 0, AdditionalOpeningDate: date };
  if (periods.length === 0) return [{ ...common, OpeningTime: '', ClosingTime: '', IsOpen: false }];
  return periods.map(({ start, end }) => ({
    ...common,
    OpeningTime: clock(start),
    ClosingTime: clock(end),
    IsOpen: true,
  }));
}

function overMidnight(): object[] {
  return elements({ OpeningTimeType: 'General', Weekday: 'Monday' }, '', [{ start: 79200, end: 7200 }]);
}

function serviceCodes(offered: Record<string, boolean>): object[] {
  return Object.entries(offered)
    .filter(([, isOffered]) => isOffered)
    .map(([code]) => ({ ServiceCode: code }));
}

function clock(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

function spokenDate(date: string): string {
  const [year, month, day] = date.split('-').map(Number);
  return `${MONTHS[(month ?? 1) - 1]} ${day} ${year}`;
}
