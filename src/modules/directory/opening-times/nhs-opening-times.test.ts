import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../change-events/lossless-json.ts';
import { parseNhsOpeningTimes } from './nhs-opening-times.ts';

const OPEN: JsonObject = {
  OpeningTimeType: 'General',
  Weekday: 'Wednesday',
  OpeningTime: '08:30',
  ClosingTime: '12:15',
  AdditionalOpeningDate: '',
  IsOpen: true,
};
const CLOSED: JsonObject = { ...OPEN, Weekday: 'Sunday', OpeningTime: '', ClosingTime: '', IsOpen: false };
const ADDITIONAL: JsonObject = {
  ...OPEN,
  OpeningTimeType: 'Additional',
  Weekday: '',
  AdditionalOpeningDate: 'Mar 5 2031',
};
const ADDITIONAL_CLOSED: JsonObject = { ...ADDITIONAL, OpeningTime: '', ClosingTime: '', IsOpen: false };
const PERIOD = { start: 30600, end: 44100 };

describe('the opening times of a change event', () => {
  it('are one list of periods per weekday and one entry per date', () => {
    const times = parseNhsOpeningTimes([ADDITIONAL_CLOSED, OPEN, CLOSED]);
    assert.deepEqual(times, {
      standard: [[], [], [PERIOD], [], [], [], []],
      specified: [{ date: '2031-03-05', isOpen: false, periods: [] }],
      areAllValid: true,
    });
  });

  for (const elements of [undefined, null, [], {}, 'text']) {
    it(`are empty and valid when they are ${JSON.stringify(elements)}`, () => {
      const times = parseNhsOpeningTimes(elements);
      assert.deepEqual(times.specified, []);
      assert.equal(times.areAllValid, true);
    });
  }

  it('merge two spellings of one date and sort dates chronologically', () => {
    const times = parseNhsOpeningTimes([
      { ...ADDITIONAL, AdditionalOpeningDate: 'Apr 1 2031' },
      ADDITIONAL,
      { ...ADDITIONAL, AdditionalOpeningDate: 'MAR  05 2031', OpeningTime: '13:00', ClosingTime: '14:00' },
    ]);
    assert.deepEqual(times.specified, [
      { date: '2031-03-05', isOpen: true, periods: [PERIOD, { start: 46800, end: 50400 }] },
      { date: '2031-04-01', isOpen: true, periods: [PERIOD] },
    ]);
    assert.equal(times.areAllValid, true);
  });

  for (const [claim, elements] of [
    ['any case of type and weekday', [{ ...OPEN, OpeningTimeType: 'GENERAL', Weekday: 'wednesDAY' }]],
    ['a null or absent date of a standard element', [{ ...OPEN, AdditionalOpeningDate: null }]],
    ['null times of a closed element', [{ ...CLOSED, OpeningTime: null, ClosingTime: null }]],
    ['a specified element whatever its weekday', [{ ...ADDITIONAL, Weekday: 'Never' }]],
    ['a weekday closed twice', [CLOSED, CLOSED]],
    ['a date closed twice', [ADDITIONAL_CLOSED, ADDITIONAL_CLOSED]],
  ] as [string, JsonObject[]][]) {
    it(`accept ${claim}`, () => assert.equal(parseNhsOpeningTimes(elements).areAllValid, true));
  }

  for (const [claim, elements] of [
    ['an unknown type', [{ ...OPEN, OpeningTimeType: 'Surgery' }]],
    ['a null type', [{ ...OPEN, OpeningTimeType: null }]],
    ['an unknown weekday', [{ ...OPEN, Weekday: 'Wed' }]],
    ['a standard element with a date', [{ ...OPEN, AdditionalOpeningDate: 'Mar 5 2031' }]],
    ['a text for whether it is open', [{ ...OPEN, IsOpen: 'true' }]],
    ['an open element without times', [{ ...OPEN, OpeningTime: null }]],
    ['an open element with a bad time', [{ ...OPEN, ClosingTime: '24:00' }]],
    ['a closed element with a time', [{ ...CLOSED, ClosingTime: '17:00' }]],
    ['a date that is not real', [{ ...ADDITIONAL, AdditionalOpeningDate: 'Feb 30 2031' }]],
    ['a specified element without a date', [{ ...ADDITIONAL, AdditionalOpeningDate: '' }]],
    ['a null element', [null]],
    ['an element that is a text', ['General']],
    ['periods that touch', [OPEN, { ...OPEN, OpeningTime: '12:15', ClosingTime: '13:00' }]],
    ['a period over midnight', [{ ...OPEN, OpeningTime: '22:00', ClosingTime: '02:00' }]],
    ['a weekday both open and closed', [OPEN, { ...CLOSED, Weekday: 'Wednesday' }]],
    ['a date both open and closed', [ADDITIONAL, ADDITIONAL_CLOSED]],
    ['a date with the same period twice', [ADDITIONAL, ADDITIONAL]],
  ] as [string, JsonObject[]][]) {
    it(`refuse ${claim}`, () => assert.equal(parseNhsOpeningTimes(elements).areAllValid, false));
  }

  it('still show the good elements of a set that is invalid', () => {
    const times = parseNhsOpeningTimes([OPEN, { ...OPEN, Weekday: 'Someday' }]);
    assert.deepEqual(times.standard[2], [PERIOD]);
    assert.equal(times.areAllValid, false);
  });
});
