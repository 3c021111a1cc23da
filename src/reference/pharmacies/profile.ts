import { cycle } from './cycle.ts';
import { pick, roll } from './dice.ts';
import { LOCATION_COUNT, locationAt, type PharmacyLocation } from './locations.ts';
import { profileDates } from './profile-dates.ts';
import { profileWeek } from './profile-week.ts';
import { servicesOf } from './services.ts';

/** A time of the day in seconds since midnight. */
export interface ProfilePeriod {
  start: number;
  end: number;
}

/** A calendar date with its own times; no periods mean closed. */
export interface ProfileDate {
  date: string;
  periods: ProfilePeriod[];
}

/** What is true of a pharmacy in one version, in the form in which DoS holds it. */
export interface PharmacyProfile {
  odsCode: string;
  version: number;
  name: string;
  parentName: string;
  /** Without the town, in words with capitals. */
  addressLines: string[];
  location: PharmacyLocation;
  phone: string;
  website: string;
  /** Monday first. */
  week: ProfilePeriod[][];
  dates: ProfileDate[];
  palliativeCare: boolean;
  bloodPressure: boolean;
  contraception: boolean;
}

/** What a version changes. The weights follow the traffic mix of the original's load tests. */
export const VARIATIONS = [
  'unchanged',
  'all',
  'opening_times',
  'contact',
  'location',
  'palliative_care',
  'blood_pressure',
  'contraception',
] as const;
export type Variation = (typeof VARIATIONS)[number];

const TRAFFIC: readonly [Variation, ...Variation[]] = [
  ...(['all', 'all', 'all', 'opening_times', 'opening_times'] as const),
  ...(['contact', 'location', 'palliative_care', 'blood_pressure', 'contraception'] as const),
];

const STREETS = [
  'Harbour',
  'Market',
  'Mill',
  'Abbey',
  'Orchard',
  'Priory',
  'Quarry',
  'Chapel',
  'Castle',
  'Meadow',
] as const;
const STREET_KINDS = ['Street', 'Road', 'Lane', 'Parade', 'Square'] as const;
const OWNERS = [
  'Northgate',
  'Beacon',
  'Willow',
  'Juniper',
  'Crescent',
  'Halcyon',
  'Kestrel',
  'Lantern',
] as const;

/** What a version changes unless somebody asks for something else; version 0 is the beginning. */
export function variationOf(odsCode: string, version: number): Variation {
  return version === 0 ? 'unchanged' : pick(TRAFFIC, odsCode, `variation ${version}`);
}

/**
 * The pharmacy with this ODS code in version `version`: the same for every caller and every time. Version 0 is what a
 * freshly seeded DoS database says; each later version changes what its variation names and leaves the rest as the
 * version before had it. With a `variation` of the caller's, all versions up to this one are of that kind. Yes-or-no
 * facts turn over with every version that names them.
 */
export function profileOf(odsCode: string, version: number, variation?: Variation): PharmacyProfile {
  const past = Array.from({ length: version }, (_, at) => variation ?? variationOf(odsCode, at + 1));
  const turn = (name: Variation) => past.filter((other) => other === name || other === 'all').length;
  const name = `${pick(OWNERS, odsCode, 'owner')} Pharmacy ${odsCode}`;
  const services = servicesOf(odsCode);
  const isActive = (typeId: number) => services.some((it) => it.typeId === typeId && it.statusId === 1);
  return {
    odsCode,
    version,
    name,
    parentName: `${pick(OWNERS, odsCode, 'owner')} Chemists Ltd`,
    addressLines: addressLines(odsCode, turn('location')),
    location: locationAt(
      roll(LOCATION_COUNT, odsCode, 'location') + 7 * cycle(turn('location'), LOCATION_COUNT - 1),
    ),
    phone: `01632960${String((roll(1000, odsCode, 'phone') + cycle(turn('contact'), 999)) % 1000).padStart(3, '0')}`,
    website: website(odsCode, turn('contact')),
    week: profileWeek(odsCode, turn('opening_times')),
    dates: profileDates(odsCode, turn('opening_times')),
    palliativeCare: (services[0]?.hasZCode ?? false) !== isOdd(turn('palliative_care')),
    bloodPressure: isActive(148) !== isOdd(turn('blood_pressure')),
    contraception: isActive(149) !== isOdd(turn('contraception')),
  };
}

function addressLines(odsCode: string, turn: number): string[] {
  const house = 1 + roll(180, odsCode, 'house');
  const street = `${house} ${pick(STREETS, odsCode, 'street')} ${pick(STREET_KINDS, odsCode, 'street kind')}`;
  return turn === 0 ? [street] : [`Unit ${turn}`, street];
}

function website(odsCode: string, turn: number): string {
  const host = `https://www.pharmacy-${odsCode.toLowerCase()}.example`;
  return turn === 0 ? `${host}/` : `${host}/Branch/${turn}`;
}

function isOdd(turn: number): boolean {
  return turn % 2 === 1;
}
