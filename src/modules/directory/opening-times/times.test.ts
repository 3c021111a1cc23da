import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  formatHoursAndMinutes,
  formatTime,
  londonDate,
  londonWallClock,
  parseDate,
  parseTime,
} from './times.ts';

describe('a time of day', () => {
  for (const [text, seconds] of [
    ['00:00', 0],
    ['9:5', 9 * 3600 + 5 * 60],
    ['08:30', 30600],
    ['23:59:59', 86399],
    ['1:2:3', 3723],
    ['24:00', null],
    ['12:60', null],
    ['12:00:60', null],
    [' 09:00', null],
    ['09:00 ', null],
    ['09:00\n', null],
    ['0900', null],
    ['09:00:00:00', null],
    ['', null],
    [null, null],
    [900, null],
  ] as const) {
    it(`written ${JSON.stringify(text)} is ${seconds} seconds`, () => assert.equal(parseTime(text), seconds));
  }

  it('is written with and without seconds', () => {
    assert.equal(formatHoursAndMinutes(30660), '08:31');
    assert.equal(formatTime(30665), '08:31:05');
    assert.equal(formatTime(86400), '24:00:00');
  });
});

describe('a date', () => {
  for (const [text, date] of [
    ['Mar 5 2031', '2031-03-05'],
    ['mar 05 2031', '2031-03-05'],
    ['DEC \t 31  2030', '2030-12-31'],
    ['Feb 29 2032', '2032-02-29'],
    ['Feb 29 2031', null],
    ['Feb 29 2100', null],
    ['Apr 31 2031', null],
    ['Mar 0 2031', null],
    ['Mar 32 2031', null],
    ['March 5 2031', null],
    ['Mar 5 31', null],
    ['Mar 5 0000', null],
    [' Mar 5 2031', null],
    ['Mar 5 2031 ', null],
    ['Mar5 2031', null],
    ['2031-03-05', null],
    ['', null],
    [null, null],
  ] as const) {
    it(`written ${JSON.stringify(text)} is ${date}`, () => assert.equal(parseDate(text), date));
  }
});

describe('the wall clock in London', () => {
  it('is one hour ahead of UTC in summer and equal to it in winter', () => {
    assert.equal(londonWallClock(new Date('2030-07-01T23:30:05Z')), '2030-07-02 00:30:05');
    assert.equal(londonWallClock(new Date('2030-01-01T00:00:00Z')), '2030-01-01 00:00:00');
  });

  it('gives the date of the day in London', () => {
    assert.equal(londonDate(new Date('2030-07-01T23:30:00Z')), '2030-07-02');
  });
});
