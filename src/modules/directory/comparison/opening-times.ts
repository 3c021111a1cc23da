import {
  arePeriodsEqual,
  areSpecifiedDaysEqual,
  formatPeriods,
  formatSpecifiedDays,
  WEEKDAYS,
} from '../opening-times/open-periods.ts';
import { blankStandardOpeningsReport, genericBankHolidayReport } from '../reports/sync-reports.ts';
import { type Comparison, debug, info, warn } from './comparison.ts';

/** 6.8.4 and 6.8.5: invalid times change nothing, blank standard times only leave the week alone. */
export function compareOpeningTimes(comparison: Comparison): void {
  const { service, entity, reports } = comparison;
  const { standard, areAllValid } = entity.openingTimes;
  if (service.bankHolidayTimes.length > 0) reports.push(genericBankHolidayReport(entity, service));
  if (!areAllValid) {
    warnOfInvalidTimes(comparison);
    return;
  }
  if (standard.every((periods) => periods.length === 0)) {
    reports.push(blankStandardOpeningsReport(entity, service));
  } else {
    warn(comparison, 'Standard opening times are not blank');
    compareWeekdays(comparison);
  }
  compareSpecifiedDays(comparison);
}

function warnOfInvalidTimes(comparison: Comparison): void {
  const { service, entity } = comparison;
  warn(
    comparison,
    `Opening Times for NHS Entity '${entity.odsCode}' were previously found to be invalid or illogical. Skipping change.`,
  );
  info(comparison, 'Opening times are not valid', {
    nhs_uk_standard_opening_times: entity.openingTimes.standard.map(formatPeriods),
    nhs_uk_specified_opening_times: formatSpecifiedDays(entity.openingTimes.specified),
    dos_standard_opening_times: service.standardTimes.map(formatPeriods),
    dos_specified_opening_times: formatSpecifiedDays(service.specifiedTimes),
  });
}

function compareWeekdays(comparison: Comparison): void {
  const { service, entity, changes } = comparison;
  for (const [weekday, name] of WEEKDAYS.entries()) {
    const previous = service.standardTimes[weekday] ?? [];
    const value = entity.openingTimes.standard[weekday] ?? [];
    if (arePeriodsEqual(previous, value)) debug(comparison, `Opening times for ${name} are equal`);
    else changes.push({ kind: 'weekday', weekday, previous, value });
  }
}

/** DoS loses its past dates on this occasion, but past dates of the event alone change nothing (6.8.5). */
function compareSpecifiedDays(comparison: Comparison): void {
  const { service, entity, surroundings, changes } = comparison;
  const { specified } = entity.openingTimes;
  const future = specified.filter(({ date }) => date >= surroundings.today);
  if (future.length < specified.length) {
    info(comparison, 'Removing Specified opening times that occur in the past');
  }
  if (areSpecifiedDaysEqual(service.specifiedTimes, future)) {
    debug(comparison, 'Specified opening times are equal');
  } else {
    changes.push({ kind: 'specified', previous: service.specifiedTimes, value: future });
  }
}
