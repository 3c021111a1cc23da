import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceChange } from '../comparison/service-change.ts';
import { periods } from '../testing/builders.ts';
import { historyChangeOf } from './history-change.ts';
import { addedEntryText, addHistoryEntry, ServiceHistoryError, saveMoment } from './service-history.ts';

const MOMENT = saveMoment(new Date('2030-01-01T00:00:00.900Z'));
const WEB: ServiceChange = {
  kind: 'column',
  column: 'web',
  previous: 'www.old.example.org',
  value: 'new.example',
};
const ENTRY =
  '{"new":{"cmsurl":{"changetype":"modify","data":"new.example","area":"demographic",' +
  '"previous":"www.old.example.org"}},' +
  '"initiator":{"userid":"DOS_INTEGRATION","timestamp":"2030-01-01 00:00:00"},' +
  '"approver":{"userid":"DOS_INTEGRATION","timestamp":"2030-01-01 00:00:00"}}';

describe('a new entry of the service history', () => {
  it('has the shape of the example in the specification', () => {
    const text = addHistoryEntry(
      '{"1700000000":{"new":{}}}',
      [
        {
          kind: 'column',
          column: 'web',
          previous: 'www.old.example.org',
          value: 'https://quayside.example.org/Shop',
        },
        { kind: 'weekday', weekday: 2, previous: periods('09:00-17:00'), value: periods('08:30-12:15') },
        { kind: 'specified', previous: [], value: [{ date: '2031-03-05', isOpen: false, periods: [] }] },
        { kind: 'z_code', action: 'add', zCode: { symptomGroupId: 360, symptomDiscriminatorId: 14167 } },
      ],
      MOMENT,
    );
    assert.equal(
      text,
      '{"1893456000":{"new":{"cmsurl":{"changetype":"modify","data":"https://quayside.example.org/Shop",' +
        '"area":"demographic","previous":"www.old.example.org"},' +
        '"cmsopentimewednesday":{"changetype":"modify","data":{"remove":["32400-61200"],"add":["30600-44100"]},' +
        '"area":"demographic","previous":["09:00-17:00"]},' +
        '"cmsopentimespecified":{"changetype":"add","data":{"add":["2031-03-05-closed"]},"area":"demographic"},' +
        '"cmssgsdid":{"changetype":"add","data":{"add":["360=14167"]},"area":"clinical"}},' +
        '"initiator":{"userid":"DOS_INTEGRATION","timestamp":"2030-01-01 00:00:00"},' +
        '"approver":{"userid":"DOS_INTEGRATION","timestamp":"2030-01-01 00:00:00"}},' +
        '"1700000000":{"new":{}}}',
    );
  });

  for (const existing of [null, '', ' ', '{}', ' { } ', '[]']) {
    it(`is the only one in a history that is ${JSON.stringify(existing)}`, () => {
      assert.equal(addHistoryEntry(existing, [WEB], MOMENT), `{"1893456000":${ENTRY}}`);
    });
  }

  it('comes first and leaves the others byte for byte, in their order', () => {
    const existing = ' {"1700000000": {"a": 1.0, "b": "\\u00e9"}, "1600000000": {"2": 1, "1": 2}, "x": null}';
    assert.equal(
      addHistoryEntry(existing, [WEB], MOMENT),
      `{"1893456000":${ENTRY},"1700000000": {"a": 1.0, "b": "\\u00e9"}, "1600000000": {"2": 1, "1": 2}, "x": null}`,
    );
  });

  it('takes the next free second', () => {
    const text = addHistoryEntry('{"1893456001":{},"1893456000":{}}', [WEB], MOMENT);
    assert.equal(text, `{"1893456002":${ENTRY},"1893456001":{},"1893456000":{}}`);
  });

  for (const existing of ['null', '[1]', '"text"', '5', '{"a":']) {
    it(`refuses a history that is ${existing}`, () => {
      assert.throws(() => addHistoryEntry(existing, [WEB], MOMENT), ServiceHistoryError);
    });
  }

  it('is stamped with the wall clock in London', () => {
    assert.deepEqual(saveMoment(new Date('2030-07-01T12:00:00Z')), {
      epochSeconds: 1909137600,
      wallClock: '2030-07-01 13:00:00',
    });
  });
});

describe('a change in the service history', () => {
  const zCode = { symptomGroupId: 360, symptomDiscriminatorId: 14167 };
  const specifiedOpen = { date: '2031-03-05', isOpen: true, periods: periods('13:00-17:00', '09:00-12:00') };
  for (const [claim, change, expected] of [
    ['adds where there was null', { previous: null, value: 'a' }, { changetype: 'add', data: 'a' }],
    [
      'adds where there was the text None',
      { previous: 'None', value: 'a' },
      { changetype: 'add', data: 'a' },
    ],
    [
      'deletes the text None',
      { previous: 'None', value: null },
      { changetype: 'delete', data: null, previous: 'None' },
    ],
    ['deletes', { previous: 'a', value: null }, { changetype: 'delete', data: null, previous: 'a' }],
    ['modifies', { previous: 'a', value: 'b' }, { changetype: 'modify', data: 'b', previous: 'a' }],
    ['modifies empty text', { previous: '', value: 'b' }, { changetype: 'modify', data: 'b', previous: '' }],
  ] as const) {
    it(claim, () => {
      assert.deepEqual(historyChangeOf({ kind: 'column', column: 'publicphone', ...change }), {
        key: 'cmstelephoneno',
        change: { area: 'demographic', ...expected },
      });
    });
  }

  it('has numbers for coordinates on the map, and no latitude or longitude', () => {
    assert.deepEqual(historyChangeOf({ kind: 'column', column: 'easting', previous: 1, value: 2 }), {
      key: 'cmseastings',
      change: { changetype: 'modify', data: 2, area: 'demographic', previous: 1 },
    });
    assert.equal(historyChangeOf({ kind: 'column', column: 'latitude', previous: 1, value: 2 }), null);
  });

  it('has names for statuses', () => {
    assert.deepEqual(
      historyChangeOf({ kind: 'status', statusId: 1, previous: 'commissioning', value: 'active' }),
      {
        key: 'cmsorgstatus',
        change: { changetype: 'modify', data: 'active', area: 'demographic', previous: 'commissioning' },
      },
    );
  });

  it('adds and deletes weekdays', () => {
    const day = periods('13:00-17:00', '09:00-12:00');
    assert.deepEqual(historyChangeOf({ kind: 'weekday', weekday: 0, previous: [], value: day }), {
      key: 'cmsopentimemonday',
      change: { changetype: 'add', data: { add: ['32400-43200', '46800-61200'] }, area: 'demographic' },
    });
    assert.deepEqual(historyChangeOf({ kind: 'weekday', weekday: 6, previous: day, value: [] }), {
      key: 'cmsopentimesunday',
      change: {
        changetype: 'delete',
        data: { remove: ['32400-43200', '46800-61200'] },
        area: 'demographic',
        previous: ['09:00-12:00', '13:00-17:00'],
      },
    });
  });

  it('has one text per specified period', () => {
    const closed = { date: '2031-03-06', isOpen: false, periods: [] };
    assert.deepEqual(historyChangeOf({ kind: 'specified', previous: [closed], value: [specifiedOpen] }), {
      key: 'cmsopentimespecified',
      change: {
        changetype: 'modify',
        data: { remove: ['2031-03-06-closed'], add: ['2031-03-05-32400-43200', '2031-03-05-46800-61200'] },
        area: 'demographic',
        previous: ['2031-03-06-closed'],
      },
    });
  });

  it('removes Z codes with an empty previous', () => {
    assert.deepEqual(historyChangeOf({ kind: 'z_code', action: 'delete', zCode }), {
      key: 'cmssgsdid',
      change: { changetype: 'delete', data: { remove: ['360=14167'] }, area: 'clinical', previous: '' },
    });
  });
});

describe('addedEntryText', () => {
  for (const existing of [null, '{}', '[]', ' ', '{"1":{"a":1}}', ' {"1":{"a":1},"0":{}}']) {
    it(`finds the new entry in front of ${existing}`, () => {
      assert.equal(
        addedEntryText(addHistoryEntry(existing, [WEB], MOMENT), existing),
        `"1893456000":${ENTRY}`,
      );
    });
  }
});
