import {
  odsCodeAt,
  type PharmacyProfile,
  type ProfilePeriod,
  profileOf,
  type ServiceProfile,
  servicesOf,
} from '#reference/pharmacies';
import { formatAddress } from '../comparison/address.ts';
import { COMMISSIONED_SERVICES } from './service-types.ts';

/** A row for `services`; the database assigns the `uid`. */
export interface SeededService {
  id: number;
  name: string;
  odscode: string | null;
  address: string | null;
  town: string | null;
  postcode: string | null;
  easting: number | null;
  northing: number | null;
  latitude: number | null;
  longitude: number | null;
  publicphone: string | null;
  web: string | null;
  publicname: string;
  typeid: number;
  statusid: number;
  parentid: number | null;
}

/** Everything that belongs to a number of services, in parallel lists that one statement each inserts. */
export interface SeededContent {
  services: SeededService[];
  openings: { serviceId: number[]; dayId: number[] };
  /** `opening` and `date` count the entries of the lists above, from 0. */
  openingTimes: { opening: number[]; start: number[]; end: number[] };
  dates: { serviceId: number[]; date: string[] };
  dateTimes: { date: number[]; start: number[]; end: number[]; isClosed: boolean[] };
  zCodes: { serviceId: number[]; symptomGroupId: number[]; symptomDiscriminatorId: number[] };
  histories: { serviceId: number[]; history: string[] };
  changes: SeededChange[];
}

export interface SeededChange {
  id: string;
  serviceid: number;
  servicename: string;
  value: string;
}

const DOS_REGION = -1;
export const COMMISSIONING_ORGANISATION = 22;
const BANK_HOLIDAY = 8;
const REGIONS = [
  'East of England',
  'London',
  'Midlands',
  'North East',
  'North West',
  'South East',
  'South West',
];
const COMMISSIONERS_PER_REGION = 6;

/** How many services stand above the pharmacies. */
export const HIERARCHY_SIZE = REGIONS.length * (1 + COMMISSIONERS_PER_REGION);

const TYPE_PREFIXES: Readonly<Record<number, string>> = {
  13: 'Pharmacy',
  131: 'Urgent Medicines Supply',
  132: 'Pharmacy Enhanced',
  134: 'Distance Selling',
  137: 'IUC Pharmacy',
  148: 'Blood Pressure Check',
  149: 'Contraception',
};

/** The regions and below each its commissioners, with ids from `firstId` on. */
export function hierarchyServices(firstId: number): SeededService[] {
  const regions = REGIONS.map((name, at) => node(firstId + at, `${name} Region`, DOS_REGION, null));
  const commissioners = regions.flatMap((region, at) =>
    Array.from({ length: COMMISSIONERS_PER_REGION }, (_, number) =>
      node(
        firstId + REGIONS.length + at * COMMISSIONERS_PER_REGION + number,
        `${REGIONS[at]} Commissioner ${number + 1}`,
        COMMISSIONING_ORGANISATION,
        region.id,
      ),
    ),
  );
  return [...regions, ...commissioners];
}

/** How many services the pharmacies numbered `from` to `to` (excluded) have. */
export function countServices(from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) count += servicesOf(odsCodeAt(at)).length;
  return count;
}

/** The content for the pharmacies numbered `from` to `to` (excluded), with service ids from `firstId` on. */
export function pharmacyContent(
  from: number,
  to: number,
  firstId: number,
  commissionerIds: number[],
): SeededContent {
  const content: SeededContent = {
    services: [],
    openings: { serviceId: [], dayId: [] },
    openingTimes: { opening: [], start: [], end: [] },
    dates: { serviceId: [], date: [] },
    dateTimes: { date: [], start: [], end: [], isClosed: [] },
    zCodes: { serviceId: [], symptomGroupId: [], symptomDiscriminatorId: [] },
    histories: { serviceId: [], history: [] },
    changes: [],
  };
  for (let at = from; at < to; at++) {
    const profile = profileOf(odsCodeAt(at), 0);
    const parentId = commissionerIds[at % commissionerIds.length] ?? null;
    for (const service of servicesOf(profile.odsCode)) {
      const id = firstId + content.services.length;
      addService(content, { id, parentId, profile, service });
      if (at === 0 && service.typeId === 13)
        addDay(content, id, BANK_HOLIDAY, [{ start: 36000, end: 57600 }]);
      if (at % 250 === 0 && service.typeId === 13) content.changes.push(pendingChange(at, id, profile));
    }
  }
  return content;
}

interface Placed {
  id: number;
  parentId: number | null;
  profile: PharmacyProfile;
  service: ServiceProfile;
}

function addService(content: SeededContent, { id, parentId, profile, service }: Placed): void {
  const { location } = profile;
  content.services.push({
    id,
    name: `${TYPE_PREFIXES[service.typeId]}: ${profile.name}`,
    odscode: service.odsCode,
    address: formatAddress([...profile.addressLines, location.town]),
    town: location.town,
    postcode: location.postcode,
    easting: location.easting,
    northing: location.northing,
    latitude: location.latitude,
    longitude: location.longitude,
    publicphone: profile.phone,
    web: profile.website,
    publicname: profile.name,
    typeid: service.typeId,
    statusid: service.statusId,
    parentid: parentId,
  });
  for (const [weekday, periods] of profile.week.entries()) addDay(content, id, weekday + 1, periods);
  for (const { date, periods } of profile.dates) addDate(content, id, date, periods);
  const zCode = COMMISSIONED_SERVICES.find(({ typeId }) => typeId === service.typeId)?.zCode;
  if (service.hasZCode && zCode !== undefined) {
    content.zCodes.serviceId.push(id);
    content.zCodes.symptomGroupId.push(zCode.symptomGroupId);
    content.zCodes.symptomDiscriminatorId.push(zCode.symptomDiscriminatorId);
  }
  if (id % 3 === 0) {
    content.histories.serviceId.push(id);
    content.histories.history.push(olderHistory(profile));
  }
}

function addDay(content: SeededContent, serviceId: number, dayId: number, periods: ProfilePeriod[]): void {
  if (periods.length === 0) return;
  for (const { start, end } of periods) {
    content.openingTimes.opening.push(content.openings.dayId.length);
    content.openingTimes.start.push(start);
    content.openingTimes.end.push(end);
  }
  content.openings.serviceId.push(serviceId);
  content.openings.dayId.push(dayId);
}

function addDate(content: SeededContent, serviceId: number, date: string, periods: ProfilePeriod[]): void {
  for (const { start, end } of periods.length > 0 ? periods : [{ start: 0, end: 0 }]) {
    content.dateTimes.date.push(content.dates.date.length);
    content.dateTimes.start.push(start);
    content.dateTimes.end.push(end);
    content.dateTimes.isClosed.push(periods.length === 0);
  }
  content.dates.serviceId.push(serviceId);
  content.dates.date.push(date);
}

/** What a person changed years ago in the user interface of DoS. */
function olderHistory({ phone }: PharmacyProfile): string {
  const stamp = { userid: 'dos.editor', timestamp: '2021-03-04 10:20:30' };
  const change = { changetype: 'modify', data: phone, area: 'demographic', previous: '' };
  return JSON.stringify({
    1614853230: { new: { cmstelephoneno: change }, initiator: stamp, approver: stamp },
  });
}

/** A proposal of a person: every other one touches what this module never rejects. */
function pendingChange(at: number, serviceid: number, { name, phone }: PharmacyProfile): SeededChange {
  const key = at % 500 === 0 ? 'cmstelephoneno' : 'cmspublicname';
  const value = {
    new: {
      [key]: { changetype: 'modify', data: 'proposed by a person', area: 'demographic', previous: phone },
    },
    initiator: { userid: 'dos.editor', timestamp: '2029-12-01 09:00:00' },
    approver: { userid: '', timestamp: '' },
  };
  return {
    id: `SEED${String(at).padStart(8, '0')}`,
    serviceid,
    servicename: name,
    value: JSON.stringify(value),
  };
}

function node(id: number, name: string, typeid: number, parentid: number | null): SeededService {
  return {
    ...{ id, name, odscode: null, address: null, town: null, postcode: null, easting: null, northing: null },
    ...{
      latitude: null,
      longitude: null,
      publicphone: null,
      web: null,
      publicname: name,
      typeid,
      statusid: 1,
      parentid,
    },
  };
}
