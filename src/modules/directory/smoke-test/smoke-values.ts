import { formatAddress } from '../comparison/address.ts';
import type { DirectoryContext } from '../context.ts';
import type { DosService } from '../dos/dos-service.ts';
import { findMatchingServices } from '../dos/matching-queries.ts';
import { readServices } from '../dos/service-queries.ts';
import {
  ACTIVE,
  BLOOD_PRESSURE,
  COMMISSIONING,
  CONTRACEPTION,
  formatZCode,
  isMainOdsCode,
  PHARMACY,
  palliativeCare,
} from '../dos/service-types.ts';
import {
  formatPeriods,
  formatSpecifiedDays,
  type SpecifiedDay,
  WEEKDAYS,
  type Week,
} from '../opening-times/open-periods.ts';

/** What a smoke test changes of a pharmacy and looks at (5.10), as NHS.uk would say it. */
export interface SmokeValues {
  addressLines: string[];
  website: string | null;
  phone: string | null;
  week: Week;
  dates: SpecifiedDay[];
  /** Undefined where DoS has no such service, or one still being commissioned: no event could put that back. */
  bloodPressure: boolean | undefined;
  contraception: boolean | undefined;
}

export interface SmokePharmacy {
  odsCode: string;
  name: string;
  /** Neither is altered. */
  postcode: string;
  hasPalliativeCare: boolean;
  values: SmokeValues;
  /** History texts: of the pharmacy, and of what is switched. */
  histories: { pharmacy: string | null; bloodPressure: string | null; contraception: string | null };
}

/** The pharmacy as DoS has it now, or undefined when DoS has no active one of this code. */
export async function readSmokePharmacy(
  ctx: DirectoryContext,
  { odsCode, today }: { odsCode: string; today: string },
): Promise<SmokePharmacy | undefined> {
  const { kysely } = ctx.dos.writer;
  const matches = (await findMatchingServices(kysely, [odsCode])).get(odsCode) ?? [];
  const services = await readServices(
    kysely,
    matches.map(({ id }) => id),
  );
  const ofType = (type: number) =>
    [...services.values()].find(({ typeId, statusId }) => typeId === type && statusId !== COMMISSIONING);
  const main = [...services.values()].find((service) => isMain(service));
  if (!main) return undefined;
  const [bloodPressure, contraception] = [ofType(BLOOD_PRESSURE), ofType(CONTRACEPTION)];
  return {
    odsCode,
    name: main.name,
    postcode: main.postcode ?? '',
    hasPalliativeCare: main.zCodes.has(formatZCode(palliativeCare.zCode)),
    values: {
      addressLines: (main.address ?? '').split('$'),
      website: main.web,
      phone: main.publicPhone,
      week: main.standardTimes,
      dates: main.specifiedTimes.filter(({ date }) => date >= today),
      bloodPressure: bloodPressure && bloodPressure.statusId === ACTIVE,
      contraception: contraception && contraception.statusId === ACTIVE,
    },
    histories: {
      pharmacy: main.history,
      bloodPressure: bloodPressure?.history ?? null,
      contraception: contraception?.history ?? null,
    },
  };
}

function isMain({ typeId, odsCode }: DosService): boolean {
  return typeId === PHARMACY && isMainOdsCode(odsCode);
}

/** The fields in which two sets of values differ, by the names of the history. */
export function differingFields(wanted: SmokeValues, found: SmokeValues): string[] {
  const weekdays = WEEKDAYS.flatMap((weekday, day) =>
    formatPeriods(wanted.week[day] ?? []).join() === formatPeriods(found.week[day] ?? []).join()
      ? []
      : [`cmsopentime${weekday}`],
  );
  return [
    ...((wanted.website ?? '') === (found.website ?? '') ? [] : ['cmsurl']),
    ...((wanted.phone ?? '') === (found.phone ?? '') ? [] : ['cmstelephoneno']),
    ...(formatAddress(wanted.addressLines) === formatAddress(found.addressLines) ? [] : ['postaladdress']),
    ...weekdays,
    ...(datesText(wanted) === datesText(found) ? [] : ['cmsopentimespecified']),
    ...(wanted.bloodPressure === found.bloodPressure ? [] : ['blood pressure cmsorgstatus']),
    ...(wanted.contraception === found.contraception ? [] : ['contraception cmsorgstatus']),
  ];
}

function datesText({ dates }: SmokeValues): string {
  return formatSpecifiedDays(dates).sort().join();
}
