import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSpecifiedTimeRows, readStandardTimeRows } from './dos-opening-times.ts';

describe('the opening times of a DoS service', () => {
  it('are read by weekday, with bank holidays apart and unknown days skipped', () => {
    const read = readStandardTimeRows([
      ['Monday', 32400, 43200],
      ['Monday', 46800, 61200],
      ['BankHoliday', 36000, 57600],
      ['Someday', 1, 2],
    ]);
    assert.deepEqual(read.standard[0], [
      { start: 32400, end: 43200 },
      { start: 46800, end: 61200 },
    ]);
    assert.deepEqual(read.bankHoliday, [{ start: 36000, end: 57600 }]);
    assert.deepEqual(read.remarks, [
      {
        level: 'WARNING',
        message: "A generic bank holiday OpenPeriod '10:00:00-16:00:00' was found. This will be ignored.",
      },
      {
        level: 'ERROR',
        message: "Opening times of the unknown day 'Someday' were found. They will be ignored.",
      },
    ]);
  });

  it('keep what is already inconsistent', () => {
    const read = readStandardTimeRows([
      ['Friday', 32400, 61200],
      ['Friday', 32400, 61200],
      ['Friday', 61200, 32400],
    ]);
    assert.equal(read.standard[4]?.length, 3);
  });

  it('are grouped by date, closed when any row says so', () => {
    assert.deepEqual(
      readSpecifiedTimeRows([
        ['2031-03-05', 32400, 43200, false],
        ['2031-03-05', 46800, 61200, false],
        ['2031-03-06', 0, 0, true],
        ['2031-03-07', 0, 0, true],
        ['2031-03-07', 32400, 43200, false],
      ]),
      [
        {
          date: '2031-03-05',
          isOpen: true,
          periods: [
            { start: 32400, end: 43200 },
            { start: 46800, end: 61200 },
          ],
        },
        { date: '2031-03-06', isOpen: false, periods: [] },
        { date: '2031-03-07', isOpen: false, periods: [{ start: 32400, end: 43200 }] },
      ],
    );
  });
});
