import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  fromLocalDateTime,
  minutesSince,
  oneYearAfter,
  readLocalDateTime,
  shortDateTime,
  toLocalDateTime,
} from './local-time.ts';

test('a clock in London is an hour ahead in summer, and its day begins an hour earlier', () => {
  assert.equal(toLocalDateTime(new Date('2031-01-04T23:30:00Z')), '2031-01-04T23:30:00');
  assert.equal(toLocalDateTime(new Date('2031-05-04T23:30:00Z')), '2031-05-05T00:30:00');
});

test('both hours of the autumn night read alike, and the first of them is meant', () => {
  for (const instant of ['2031-10-26T00:30:00Z', '2031-10-26T01:30:00Z']) {
    assert.equal(toLocalDateTime(new Date(instant)), '2031-10-26T01:30:00');
  }
  assert.equal(fromLocalDateTime('2031-10-26T01:30:00').toISOString(), '2031-10-26T00:30:00.000Z');
});

test('what a clock shows comes back as the same instant, but for the hour that spring leaves out', () => {
  for (let hour = 0; hour < 24 * 366; hour += 7) {
    const instant = new Date(Date.UTC(2031, 0, 1, hour));
    const local = toLocalDateTime(instant);
    const back = fromLocalDateTime(local);
    assert.equal(toLocalDateTime(back), local);
  }
  assert.equal(fromLocalDateTime('2031-03-30T01:30:00').toISOString(), '2031-03-30T01:30:00.000Z');
});

test('times of requests are read with or without seconds, and only those of the calendar', () => {
  assert.equal(readLocalDateTime('2031-05-04T09:12'), '2031-05-04T09:12:00');
  assert.equal(readLocalDateTime('2031-05-04T09:12:33.123'), '2031-05-04T09:12:33');
  for (const bad of [
    '2031-02-30T00:00:00',
    '2031-05-04',
    '2031-05-04T24:00:00',
    '2031-05-04T09:12:33Z',
    '',
  ]) {
    assert.equal(readLocalDateTime(bad), undefined, bad);
  }
  assert.equal(shortDateTime('2031-01-01T00:30:00'), '2031-01-01T00:30');
});

test('a year after a leap day is the last day of February', () => {
  assert.equal(oneYearAfter('2028-02-29'), '2029-02-28');
  assert.equal(oneYearAfter('2031-05-04'), '2032-05-04');
});

test('durations are whole minutes and never negative', () => {
  assert.equal(minutesSince('2031-05-04T09:12:33', new Date('2031-05-04T08:14:32Z')), 1);
  assert.equal(minutesSince('2031-05-04T09:12:33', new Date('2031-05-04T08:00:00Z')), 0);
});
