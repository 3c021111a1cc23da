import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDay, formatLondon, formatSpan, londonInputValue, londonZone, parseLondon } from './times.ts';

test('times follow the clock in London through the year', () => {
  assert.equal(formatLondon(new Date('2026-01-15T09:05:03Z')), '15 Jan 2026, 09:05:03');
  assert.equal(formatLondon(new Date('2026-09-15T23:05:03Z')), '16 Sep 2026, 00:05:03');
  assert.equal(formatDay('2026-09-15'), 'Tue 15 Sep 2026');
  assert.deepEqual(
    ['2026-01-15', '2026-09-15'].map((day) => londonZone(new Date(day))),
    ['GMT', 'BST'],
  );
});

test('what is typed is read as London time, both in summer and in winter', () => {
  assert.equal(parseLondon('2026-07-01T12:30')?.toISOString(), '2026-07-01T11:30:00.000Z');
  assert.equal(parseLondon('2026-01-01T12:30')?.toISOString(), '2026-01-01T12:30:00.000Z');
  assert.equal(londonInputValue(new Date('2026-07-01T11:30:00Z')), '2026-07-01T12:30');
  for (const text of ['', 'yesterday', '2026-13-01T00:00', '2026-01-01'])
    assert.equal(parseLondon(text), undefined);
});

test('spans are told in the units that matter', () => {
  const told = [0, 40, 999, 4_200, 42_000, 60_000, 185_000, 7_800_000, 86_400_000, 277_200_000].map(
    formatSpan,
  );
  assert.deepEqual(told, [
    '0 ms',
    '40 ms',
    '999 ms',
    '4.2 s',
    '42 s',
    '1 min',
    '3 min 5 s',
    '2 h 10 min',
    '1 day',
    '3 days 5 h',
  ]);
});
