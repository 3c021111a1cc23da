import { localDateTime } from '../hmpps/calendar.ts';
import { hash } from '../hmpps/random.ts';
import { PRISONS } from './prisons-data.ts';
import { createRecordSet, type RecordSet } from './record-set.ts';

/** Members as `GET /locations/{id}` prints them; those that are null are left out. */
export interface NomisLocation {
  readonly locationId: number;
  readonly locationType: string;
  readonly prisonId: (typeof PRISONS)[number];
  readonly parentLocationId?: number;
  readonly parentKey?: string;
  readonly description: string;
  readonly locationCode: string;
  readonly active: boolean;
}

const FIRST_LOCATION_ID = 25_001;
const WINGS = 4;
const LANDINGS = 12;
const ROOMS = [
  ['VISIT', 'VISITS-HALL', 'VISITS HALL'],
  ['VISIT', 'VISITS-ANNEX', 'VISITS ANNEX'],
  ['VISIT', 'VISITS-CLOSED', 'CLOSED VISITS'],
  ['VISIT', 'VISITS-SOC_VIS', 'SOCIAL VISITS'],
  ['CLAS', 'EDUC-CLASS1', 'CLASSROOM ONE'],
  ['WORK', 'WSHOP-1', 'WORKSHOP ONE'],
  ['CHAP', 'CHAP', 'CHAPEL'],
  ['EXER', 'GYM', 'GYM'],
] as const;
const FIRST_CELL = WINGS + LANDINGS + ROOMS.length;
/** Fewer prisoners have fewer prisons with locations, and those have fewer cells. */
const PRISONERS_PER_PRISON = 2500;
const MOST_CELLS_OF_LANDING = 20;

/** Wings, landings and cells of each prison, every one below the one before, and rooms that lie below none. */
export function createLocations(prisoners: number): RecordSet<NomisLocation> {
  const cells = Math.min(MOST_CELLS_OF_LANDING, Math.ceil(prisoners / 1000));
  const perPrison = FIRST_CELL + LANDINGS * cells;
  return createRecordSet<NomisLocation>({
    perParent: [perPrison],
    parents: Math.min(PRISONS.length, Math.ceil(prisoners / PRISONERS_PER_PRISON)),
    idOf: ({ index }) => FIRST_LOCATION_ID + index,
    placeOf(id) {
      const index = id - FIRST_LOCATION_ID;
      if (index < 0) return undefined;
      return { parent: Math.floor(index / perPrison), nth: index % perPrison };
    },
    parentOf: (location) => PRISONS.indexOf(location.prisonId),
    make({ parent, nth, index }) {
      const prison = PRISONS[parent] ?? PRISONS[0];
      const first = FIRST_LOCATION_ID + index - nth;
      return { ...common(FIRST_LOCATION_ID + index, prison, index), ...kindOf(prison, first, nth, cells) };
    },
  });
}

function common(locationId: number, prisonId: NomisLocation['prisonId'], index: number) {
  const chance = hash(51, index);
  const active = chance % 23 !== 0;
  return {
    locationId,
    prisonId,
    listSequence: (index % 99) + 1,
    ...(chance % 9 === 0 ? { comment: 'Checked at the last survey' } : {}),
    active,
    ...(active ? {} : { deactivateDate: '2024-03-01', reasonCode: 'A' }),
    tracking: false,
    createDatetime: localDateTime(1_600_000_000 + index * 3600),
    createUsername: 'QX_ADMIN',
    modifyUsername: 'QX_STAFF1',
  };
}

function kindOf(prison: string, first: number, nth: number, cells: number) {
  if (nth < WINGS) return named(prison, 'WING', wingCode(nth), `Wing ${wingCode(nth)}`, residential());
  if (nth < WINGS + LANDINGS) {
    const wing = Math.floor((nth - WINGS) / 3);
    const landing = ((nth - WINGS) % 3) + 1;
    const path = `${wingCode(wing)}-${landing}`;
    const parent = { parentLocationId: first + wing, parentKey: `${prison}-${wingCode(wing)}` };
    return named(prison, 'LAND', path, `Landing ${path}`, { ...residential(), ...parent });
  }
  if (nth >= FIRST_CELL) return cell(prison, first, nth - FIRST_CELL, cells);
  const [type, path, name] = ROOMS[nth - WINGS - LANDINGS] ?? ROOMS[0];
  const usages = type === 'VISIT' ? [{ internalLocationUsageType: 'VISIT', capacity: 20, sequence: 1 }] : [];
  return named(prison, type, path, name, { usages, profiles: [] });
}

function cell(prison: string, first: number, nth: number, cells: number) {
  const landing = Math.floor(nth / cells);
  const landingPath = `${wingCode(Math.floor(landing / 3))}-${(landing % 3) + 1}`;
  const number = String((nth % cells) + 1).padStart(3, '0');
  return named(prison, 'CELL', `${landingPath}-${number}`, undefined, {
    parentLocationId: first + WINGS + landing,
    parentKey: `${prison}-${landingPath}`,
    certified: true,
    capacity: 2,
    operationalCapacity: 2,
    cnaCapacity: 1,
    unitType: 'NA',
    profiles: [{ profileType: 'HOU_SANI_FIT', profileCode: 'SAN' }],
    usages: [],
  });
}

function residential() {
  return { unitType: 'NA', profiles: [], usages: [] };
}

function named(
  prison: string,
  locationType: string,
  path: string,
  name: string | undefined,
  members: object,
) {
  return {
    locationType,
    description: `${prison}-${path}`,
    locationCode: path.slice(path.lastIndexOf('-') + 1),
    ...(name === undefined ? {} : { userDescription: name }),
    ...members,
  };
}

function wingCode(wing: number): string {
  return String.fromCharCode(65 + wing);
}
