import { bloodPressure, contraception, palliativeCare } from '../dos/service-types.ts';
import { type OpenPeriod, WEEKDAYS } from '../opening-times/open-periods.ts';
import { formatTime, londonDate } from '../opening-times/times.ts';
import type { SmokePharmacy, SmokeValues } from './smoke-values.ts';

const DAY_MS = 86_400_000;
const HOUR = 3_600;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Values that differ from those that are there in every field, and from those of another smoke test. */
export function otherValues(values: SmokeValues, now: Date): SmokeValues {
  const number = Math.floor(now.getTime() / 1_000) % 1_000_000;
  // A minute that no weekday begins with.
  const used = new Set(values.week.flat().map(({ start }) => Math.floor((start % HOUR) / 60)));
  const minute = Array.from({ length: 60 }, (_, at) => at).find((at) => !used.has(at)) ?? 0;
  const start = 8 * HOUR + minute * 60;
  const dateIn = (days: number) => londonDate(new Date(now.getTime() + days * DAY_MS));
  return {
    addressLines: [`${number} Smoke Test Street`, 'Sampleton'],
    website: `https://www.smoke-test-${number}.example.org`,
    phone: `01632${String(number).padStart(6, '0')}`,
    week: WEEKDAYS.map(() => [
      { start, end: 12 * HOUR },
      { start: 13 * HOUR, end: 17 * HOUR },
    ]),
    dates: [
      { date: dateIn(30), isOpen: false, periods: [] },
      { date: dateIn(31), isOpen: true, periods: [{ start, end: 14 * HOUR }] },
    ],
    bloodPressure: values.bloodPressure === undefined ? undefined : !values.bloodPressure,
    contraception: values.contraception === undefined ? undefined : !values.contraception,
  };
}

/** The change event by which NHS.uk would say so. */
export function smokeEvent(pharmacy: SmokePharmacy, values: SmokeValues): object {
  const [Address1 = '', Address2 = '', Address3 = '', Address4 = '', City = '', ...more] =
    values.addressLines;
  return {
    ODSCode: pharmacy.odsCode,
    OrganisationName: pharmacy.name,
    OrganisationTypeId: 'PHA',
    OrganisationType: 'Pharmacy',
    OrganisationSubType: 'Community',
    OrganisationStatus: 'Visible',
    ...{ Address1, Address2, Address3, Address4, City, County: more.join(' ') },
    Postcode: pharmacy.postcode,
    Contacts: [contact('Telephone', values.phone), contact('Website', values.website)],
    OpeningTimes: [...standardTimes(values), ...specifiedTimes(values)],
    UecServices: pharmacy.hasPalliativeCare ? [{ ServiceCode: palliativeCare.nhsCode }] : [],
    Services: [
      ...(values.bloodPressure ? [{ ServiceCode: bloodPressure.nhsCode }] : []),
      ...(values.contraception ? [{ ServiceCode: contraception.nhsCode }] : []),
    ],
  };
}

function contact(method: string, value: string | null) {
  return {
    ContactType: 'Primary',
    ContactAvailabilityType: 'Office hours',
    ContactMethodType: method,
    ContactValue: value,
  };
}

function standardTimes({ week }: SmokeValues) {
  return week.flatMap((periods, day) => {
    const name = WEEKDAYS[day] ?? '';
    const shared = { OpeningTimeType: 'General', Weekday: name, AdditionalOpeningDate: '' };
    if (periods.length === 0) return [{ ...shared, ...CLOSED }];
    return periods.map((period) => ({ ...shared, ...open(period) }));
  });
}

function specifiedTimes({ dates }: SmokeValues) {
  return dates.flatMap(({ date, isOpen, periods }) => {
    const [year, month, day] = date.split('-').map(Number);
    const AdditionalOpeningDate = `${MONTHS[(month ?? 1) - 1]} ${day} ${year}`;
    const shared = { OpeningTimeType: 'Additional', Weekday: '', AdditionalOpeningDate };
    return isOpen ? periods.map((period) => ({ ...shared, ...open(period) })) : [{ ...shared, ...CLOSED }];
  });
}

const CLOSED = { OpeningTime: '', ClosingTime: '', IsOpen: false };

function open({ start, end }: OpenPeriod) {
  return { OpeningTime: formatTime(start), ClosingTime: formatTime(end), IsOpen: true };
}
