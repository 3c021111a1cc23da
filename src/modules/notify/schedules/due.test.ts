import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afterFirstTuesday, cron, everyMinutes } from './due.ts';

const at = (text: string) => new Date(`${text}:00Z`);

describe('what is due', () => {
  it('is told by five fields', () => {
    const cases: [string, string, boolean][] = [
      ['* * * * *', '2026-11-21T13:37', true],
      ['*/15 * * * *', '2026-11-21T13:45', true],
      ['*/15 * * * *', '2026-11-21T13:46', false],
      ['0 3 * * *', '2026-11-21T03:00', true],
      ['0 3 * * *', '2026-11-21T04:00', false],
      ['1 2 1 4 *', '2026-04-01T02:01', true],
      ['1 2 1 4 *', '2026-04-02T02:01', false],
      ['0 7 * * 1-5', '2026-11-20T07:00', true],
      ['0 7 * * 1-5', '2026-11-21T07:00', false],
      ['50 16,17 * * *', '2026-11-21T17:50', true],
      ['10-20/5 * * * *', '2026-11-21T17:15', true],
      ['10-20/5 * * * *', '2026-11-21T17:25', false],
    ];
    for (const [expression, time, isDue] of cases) {
      assert.equal(cron(expression)(at(time)), isDue, `${expression} at ${time}`);
    }
    for (const wrong of ['* * * *', '60 * * * *', 'x * * * *', '* * 0 * *', '5-2x * * * *']) {
      assert.throws(() => cron(wrong), wrong);
    }
  });

  it('is told by an interval that does not divide the hour', () => {
    const due = everyMinutes(63);
    const start = at('2026-11-21T00:00').getTime();
    const slots = Array.from({ length: 63 * 4 }, (_, minute) => new Date(start + minute * 60_000)).filter(
      due,
    );
    assert.equal(slots.length, 4);
    assert.equal(Number(slots[1]) - Number(slots[0]), 63 * 60_000);
  });

  it('is told by the first Tuesday of a month', () => {
    assert.equal(afterFirstTuesday(0, 9)(at('2026-09-01T09:00')), true);
    assert.equal(afterFirstTuesday(0, 9)(at('2026-09-08T09:00')), false);
    assert.equal(afterFirstTuesday(1, 9)(at('2026-09-02T09:00')), true);
    // The Tuesday before was in the month before.
    assert.equal(afterFirstTuesday(1, 9)(at('2026-07-01T09:00')), false);
    assert.equal(afterFirstTuesday(1, 9)(at('2026-07-08T09:00')), true);
  });
});
