import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { saveMoment } from '../service-history/service-history.ts';
import { dosService, periods } from '../testing/builders.ts';
import type { ChangedColumn, ServiceChange } from './service-change.ts';
import { planServiceWrite, UnwritableValueError } from './service-write.ts';

const MOMENT = saveMoment(new Date('2030-07-01T12:00:00Z'));
const UNCHANGED = {
  web: 'https://quayside.example.org/Shop',
  publicphone: '01632960001',
  address: 'Unit 2$14 Oneill Parade$Sampleton',
  postcode: 'ZZ99 1AA',
  town: 'SAMPLETON',
  easting: 434039,
  northing: 289239,
  latitude: 52.5,
  longitude: -1.5,
  statusid: 1,
  modifiedtime: '2030-07-01 13:00:00',
};

function column(name: ChangedColumn, value: string | number | null): ServiceChange {
  return { kind: 'column', column: name, previous: 'x', value };
}

describe('planning what to write to a service', () => {
  it('writes nothing without changes', () => {
    assert.equal(planServiceWrite(dosService(), [], MOMENT), null);
  });

  it('writes all columns, with the changed ones new and a deleted one as empty text', () => {
    const write = planServiceWrite(dosService(), [column('web', null), column('easting', 5)], MOMENT);
    assert.deepEqual(write?.columns, { ...UNCHANGED, web: '', easting: 5 });
    assert.deepEqual([write?.weekdays, write?.specified], [[], null]);
    assert.equal(write?.history.isNew, true);
  });

  it('keeps null columns null', () => {
    const write = planServiceWrite(dosService({ latitude: null, town: null }), [column('web', 'a')], MOMENT);
    assert.deepEqual(write?.columns, { ...UNCHANGED, web: 'a', latitude: null, town: null });
  });

  it('writes the status, times and Z codes', () => {
    const specified = [{ date: '2031-03-05', isOpen: true, periods: periods('09:00-10:00') }];
    const zCode = { symptomGroupId: 360, symptomDiscriminatorId: 14207 };
    const write = planServiceWrite(
      dosService({ history: '{"1":{}}' }),
      [
        { kind: 'weekday', weekday: 6, previous: [], value: periods('10:00-16:00') },
        { kind: 'specified', previous: [], value: specified },
        { kind: 'status', statusId: 2, previous: 'active', value: 'closed' },
        { kind: 'z_code', action: 'delete', zCode },
      ],
      MOMENT,
    );
    assert.deepEqual(write?.columns, { ...UNCHANGED, statusid: 2 });
    assert.deepEqual(write?.weekdays, [{ dayId: 7, periods: periods('10:00-16:00') }]);
    assert.deepEqual(write?.specified, specified);
    assert.deepEqual([write?.addedZCodes, write?.removedZCodes], [[], [zCode]]);
    assert.equal(write?.history.isNew, false);
    assert.match(write?.history.text ?? '', /^\{"1909137600":\{"new":\{.*\},"1":\{\}\}$/);
  });

  for (const [name, limit] of [
    ['web', 512],
    ['publicphone', 255],
    ['address', 512],
    ['postcode', 255],
    ['town', 255],
  ] as const) {
    it(`allows ${limit} characters in ${name} and not one more`, () => {
      const longest = '😀'.repeat(limit);
      assert.equal(planServiceWrite(dosService(), [column(name, longest)], MOMENT)?.columns[name], longest);
      assert.throws(
        () => planServiceWrite(dosService(), [column(name, `${longest}x`)], MOMENT),
        (error) => error instanceof UnwritableValueError && error.column === name,
      );
    });
  }

  for (const [claim, value] of [
    ['the character U+0000', 'a\u0000b'],
    ['half of a surrogate pair', 'a\ud800b'],
  ] as const) {
    it(`refuses ${claim}`, () => {
      assert.throws(() => planServiceWrite(dosService(), [column('address', value)], MOMENT), {
        name: 'UnwritableValueError',
        message: `services.address cannot hold the value of the change event: it contains ${claim}. Correct it on NHS.uk.`,
      });
    });
  }
});
