import type { NhsEntity } from '../change-events/nhs-entity.ts';
import type { Comparison } from '../comparison/comparison.ts';
import type { DosService } from '../dos/dos-service.ts';
import {
  bloodPressure,
  type CommissionedService,
  contraception,
  formatZCode,
  isMainOdsCode,
  PHARMACY,
  palliativeCare,
} from '../dos/service-types.ts';
import { formatPeriods, formatSpecifiedDays, WEEKDAYS } from '../opening-times/open-periods.ts';
import { historyChangeOf, weekdayKey } from '../service-history/history-change.ts';

/** One attribute as NHS.uk has it and as the directory has it. */
export interface Beside {
  label: string;
  nhs: string;
  dos: string;
  /** Whether applying the event would change it. */
  differs: boolean;
}

/** Every managed attribute of a service beside what the newest event says of it. */
export function sideBySide(service: DosService, entity: NhsEntity, comparison: Comparison): Beside[] {
  const changed = new Set(comparison.changes.map((change) => historyChangeOf(change)?.key));
  const row = (key: string, label: string, nhs: string | null, dos: string | null): Beside => ({
    label,
    nhs: nhs ?? '',
    dos: dos ?? '',
    differs: changed.has(key),
  });
  const { openingTimes } = entity;
  return [
    row('cmsurl', 'Website', entity.website, service.web),
    row('cmstelephoneno', 'Telephone', entity.phone, service.publicPhone),
    row(
      'postaladdress',
      'Address',
      entity.addressLines.join(', '),
      service.address?.replaceAll('$', ', ') ?? null,
    ),
    row('postalcode', 'Postcode', entity.postcode, service.postcode),
    ...WEEKDAYS.map((day, index) =>
      row(
        weekdayKey(index),
        capitalised(day),
        periods(openingTimes.standard[index]),
        periods(service.standardTimes[index]),
      ),
    ),
    row(
      'cmsopentimespecified',
      'Dates',
      formatSpecifiedDays(openingTimes.specified).join('\n'),
      formatSpecifiedDays(service.specifiedTimes).join('\n'),
    ),
    ...commissioned(service, entity, changed),
  ];
}

function commissioned(
  service: DosService,
  entity: NhsEntity,
  changed: ReadonlySet<string | undefined>,
): Beside[] {
  const has = ({ zCode }: CommissionedService) => service.zCodes.has(formatZCode(zCode));
  if (service.typeId === PHARMACY && isMainOdsCode(service.odsCode)) {
    return [
      {
        label: palliativeCare.name,
        nhs: yesNo(entity.palliativeCare),
        dos: yesNo(has(palliativeCare)),
        differs: changed.has('cmssgsdid'),
      },
    ];
  }
  const offered = new Map([
    [bloodPressure, entity.bloodPressure],
    [contraception, entity.contraception],
  ]);
  return [...offered].flatMap(([kind, isOffered]) =>
    service.typeId !== kind.typeId
      ? []
      : [
          {
            label: kind.name,
            nhs: yesNo(isOffered),
            dos: service.statusName,
            differs: changed.has('cmsorgstatus'),
          },
        ],
  );
}

function periods(day: Parameters<typeof formatPeriods>[0] | undefined): string {
  return day === undefined || day.length === 0 ? 'closed' : formatPeriods(day).join(', ');
}

function yesNo(value: boolean | null): string {
  return value === null ? 'never set' : value ? 'yes' : 'no';
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
