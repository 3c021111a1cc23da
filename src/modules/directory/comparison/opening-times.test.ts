import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../change-events/lossless-json.ts';
import type { DosService } from '../dos/dos-service.ts';
import { emptyWeek } from '../opening-times/open-periods.ts';
import {
  closedOn,
  closedOnDate,
  dosService,
  entity,
  openOn,
  openOnDate,
  periods,
  surroundings,
} from '../testing/builders.ts';
import { compareService } from './compare-service.ts';

const WEEK = [openOn('Monday', '09:00', '17:00'), openOn('Wednesday', '08:30', '12:15')];
const CLOSED_DATE = closedOnDate('Mar 5 2031');

function compare(times: JsonObject[], dos: Partial<DosService> = {}) {
  return compareService(dosService(dos), entity({ OpeningTimes: times }), surroundings());
}

function messages({ remarks }: ReturnType<typeof compare>, level: string): string[] {
  return remarks.filter((remark) => remark.level === level).map(({ message }) => message);
}

describe('comparing standard opening times', () => {
  it('finds nothing in an equal week and says that it is not blank', () => {
    const comparison = compare([...WEEK, CLOSED_DATE]);
    assert.deepEqual(comparison.changes, []);
    assert.deepEqual(messages(comparison, 'WARNING'), ['Standard opening times are not blank']);
  });

  it('replaces each different weekday and empties one without periods', () => {
    const { changes } = compare([
      openOn('Monday', '09:00', '12:00'),
      openOn('Monday', '13:00', '17:00'),
      closedOn('Wednesday'),
      openOn('Sunday', '10:00', '16:00'),
      CLOSED_DATE,
    ]);
    assert.deepEqual(changes, [
      {
        kind: 'weekday',
        weekday: 0,
        previous: periods('09:00-17:00'),
        value: periods('09:00-12:00', '13:00-17:00'),
      },
      { kind: 'weekday', weekday: 2, previous: periods('08:30-12:15'), value: [] },
      { kind: 'weekday', weekday: 6, previous: [], value: periods('10:00-16:00') },
    ]);
  });

  it('replaces what is invalid in DoS already', () => {
    const standardTimes = emptyWeek();
    standardTimes[0] = periods('09:00-17:00', '09:00-17:00');
    standardTimes[2] = periods('08:30-12:15');
    const { changes } = compare([...WEEK, CLOSED_DATE], { standardTimes });
    assert.deepEqual(
      changes.map((change) => change.kind === 'weekday' && change.weekday),
      [0],
    );
  });

  it('reports generic bank holiday periods', () => {
    const { reports, changes } = compare([...WEEK, CLOSED_DATE], {
      bankHolidayTimes: periods('10:00-12:00', '13:00-16:00'),
    });
    assert.deepEqual(changes, []);
    assert.deepEqual(reports, [
      {
        key: 'GENERIC_BANK_HOLIDAY',
        message: 'DoS Service uid=2000000101 has a generic BankHoliday Standard opening time set in DoS',
        fields: {
          nhsuk_odscode: 'FZX01',
          nhsuk_organisation_name: 'Quayside Pharmacy',
          dos_service_uid: '2000000101',
          dos_service_name: 'Pharmacy: Quayside',
          bank_holiday_opening_times: '[10:00:00-12:00:00, 13:00:00-16:00:00]',
          nhsuk_parent_org: 'Harbour Chemists Ltd',
          dos_service_type_name: 'Pharmacy',
        },
        regionOf: 101,
      },
    ]);
  });

  it('leaves standard and specified times alone when any time is invalid', () => {
    const comparison = compare([
      openOn('Monday', '17:00', '09:00'),
      openOnDate('Mar 6 2031', '09:00', '10:00'),
    ]);
    assert.deepEqual(comparison.changes, []);
    assert.deepEqual(messages(comparison, 'WARNING'), [
      "Opening Times for NHS Entity 'FZX01' were previously found to be invalid or illogical. Skipping change.",
    ]);
    const remark = comparison.remarks.find(({ message }) => message === 'Opening times are not valid');
    assert.deepEqual(remark, {
      level: 'INFO',
      message: 'Opening times are not valid',
      fields: {
        nhs_uk_standard_opening_times: [['17:00-09:00'], [], [], [], [], [], []],
        nhs_uk_specified_opening_times: ['2031-03-06-09:00-10:00'],
        dos_standard_opening_times: [['09:00-17:00'], [], ['08:30-12:15'], [], [], [], []],
        dos_specified_opening_times: ['2031-03-05-closed'],
      },
    });
  });

  it('reports a blank week, leaves it alone and still compares specified times', () => {
    const { changes, reports, remarks } = compare([closedOn('Monday')]);
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ['specified'],
    );
    assert.deepEqual(reports, [
      {
        key: 'BLANK_STANDARD_OPENINGS',
        message: 'NHS Service has matching DoS services but no given standard opening times.',
        fields: {
          nhsuk_odscode: 'FZX01',
          dos_service_id: 101,
          dos_service_uid: '2000000101',
          dos_service_name: 'Pharmacy: Quayside',
          nhsuk_service_status: 'Visible',
          nhsuk_service_type: 'Pharmacy',
          nhsuk_sector: 'Community',
          dos_service_status: 1,
          dos_service_type: 13,
          dos_service_type_name: 'Pharmacy',
        },
        regionOf: 101,
      },
    ]);
    assert.ok(!remarks.some(({ message }) => message === 'Standard opening times are not blank'));
  });
});

describe('comparing specified opening times', () => {
  const DATES = [{ date: '2031-03-05', isOpen: false, periods: [] }];

  it('replaces the whole set when it differs', () => {
    const { changes } = compare([...WEEK, CLOSED_DATE, openOnDate('Jan 2 2031', '10:00', '16:00')]);
    assert.deepEqual(changes, [
      {
        kind: 'specified',
        previous: DATES,
        value: [{ date: '2031-01-02', isOpen: true, periods: periods('10:00-16:00') }, ...DATES],
      },
    ]);
  });

  it('deletes all dates when the event has none', () => {
    assert.deepEqual(compare(WEEK).changes, [{ kind: 'specified', previous: DATES, value: [] }]);
  });

  it('ignores past dates of the event and keeps today', () => {
    const comparison = compare([...WEEK, CLOSED_DATE, closedOnDate('Dec 31 2029')]);
    assert.deepEqual(comparison.changes, []);
    assert.ok(
      messages(comparison, 'INFO').includes('Removing Specified opening times that occur in the past'),
    );
    const today = compare([...WEEK, CLOSED_DATE, closedOnDate('Jan 1 2030')]);
    assert.equal(today.changes.length, 1);
    assert.ok(!messages(today, 'INFO').includes('Removing Specified opening times that occur in the past'));
  });

  it('cleans up past dates of DoS', () => {
    const past = { date: '2029-12-25', isOpen: false, periods: [] };
    assert.deepEqual(compare([...WEEK, CLOSED_DATE], { specifiedTimes: [past, ...DATES] }).changes, [
      { kind: 'specified', previous: [past, ...DATES], value: DATES },
    ]);
  });
});

it('an event that says what DoS says changes and reports nothing', () => {
  const comparison = compareService(dosService(), entity(), surroundings());
  assert.deepEqual([comparison.changes, comparison.reports], [[], []]);
});
