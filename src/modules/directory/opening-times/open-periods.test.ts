import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  arePeriodsEqual,
  arePeriodsValid,
  areSpecifiedDaysEqual,
  formatPeriods,
  formatPeriodsInSeconds,
  formatPeriodWithSeconds,
  formatSpecifiedDays,
  formatSpecifiedDaysInSeconds,
  type OpenPeriod,
} from './open-periods.ts';
import { parseTime } from './times.ts';

function periods(...texts: string[]): OpenPeriod[] {
  return texts.map((text) => {
    const [start, end] = text.split('-').map(parseTime);
    return { start: start ?? -1, end: end ?? -1 };
  });
}

describe('the periods of a day', () => {
  for (const [texts, isValid] of [
    [[], true],
    [['09:00-17:00'], true],
    [['13:00-17:00', '09:00-12:00'], true],
    [['09:00-12:00', '12:00-17:00'], false],
    [['09:00-12:00', '12:00:01-17:00'], true],
    [['09:00-12:00', '09:00-12:00'], false],
    [['09:00-17:00', '10:00-11:00'], false],
    [['00:00-00:00'], false],
    [['22:00-06:00'], false],
  ] as const) {
    it(`${texts.join(', ') || 'none'} are ${isValid ? 'valid' : 'invalid'}`, () => {
      assert.equal(arePeriodsValid(periods(...texts)), isValid);
    });
  }

  it('are equal in any order and to the second', () => {
    const day = periods('13:00-17:00', '09:00-12:00');
    assert.equal(arePeriodsEqual(day, periods('09:00-12:00', '13:00-17:00')), true);
    assert.equal(arePeriodsEqual(day, periods('09:00-12:00', '13:00-17:00:01')), false);
    assert.equal(arePeriodsEqual(day, periods('09:00-12:00')), false);
    assert.equal(arePeriodsEqual([], []), true);
  });

  it('are written sorted, in seconds and in hours', () => {
    const day = periods('13:00-17:00', '08:30-12:15');
    assert.deepEqual(formatPeriodsInSeconds(day), ['30600-44100', '46800-61200']);
    assert.deepEqual(formatPeriods(day), ['08:30-12:15', '13:00-17:00']);
    assert.deepEqual(day.map(formatPeriodWithSeconds), ['13:00:00-17:00:00', '08:30:00-12:15:00']);
  });
});

describe('specified days', () => {
  const open = { date: '2031-03-05', isOpen: true, periods: periods('13:00-17:00', '09:00-12:00') };
  const closed = { date: '2031-03-06', isOpen: false, periods: [] };

  it('are equal as a multiset', () => {
    assert.equal(areSpecifiedDaysEqual([open, closed], [closed, open]), true);
    assert.equal(areSpecifiedDaysEqual([open, open], [open, closed]), false);
    assert.equal(areSpecifiedDaysEqual([open], [open, open]), false);
    assert.equal(areSpecifiedDaysEqual([open], [{ ...open, isOpen: false }]), false);
    assert.equal(areSpecifiedDaysEqual([open], [{ ...open, date: '2031-03-07' }]), false);
    assert.equal(areSpecifiedDaysEqual([], []), true);
  });

  it('are written one text per period, or closed', () => {
    assert.deepEqual(formatSpecifiedDaysInSeconds([open, closed]), [
      '2031-03-05-32400-43200',
      '2031-03-05-46800-61200',
      '2031-03-06-closed',
    ]);
    assert.deepEqual(formatSpecifiedDays([open, closed]), [
      '2031-03-05-09:00-12:00',
      '2031-03-05-13:00-17:00',
      '2031-03-06-closed',
    ]);
  });
});
