import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgePendingChange, loggablePendingChange, proposedFields } from './pending-change.ts';

describe('a pending change', () => {
  for (const [value, verdict] of [
    ['{"new":{"cmsurl":{"data":"a"},"cmsopentimesunday":{}}}', 'reject'],
    [
      '{"new":{"postaladdress":1,"cmseastings":1,"cmsnorthings":1,"cmsorgtown":1,"postalcode":1,"cmstelephoneno":1}}',
      'reject',
    ],
    ['{"new":{}}', 'reject'],
    ['{"new":{"cmsurl":"text"},"initiator":null}', 'reject'],
    ['{"new":{"cmsurl":{},"cmspublicname":{}}}', 'keep'],
    ['{"new":{"cmsopentimespecified":{}}}', 'keep'],
    ['{"new":{"cmssgsdid":{}}}', 'keep'],
    ['{"new":{"cmsorgstatus":{}}}', 'keep'],
    ['{"new":[]}', 'keep'],
    ['{}', 'keep'],
    ['[]', 'keep'],
    ['null', 'keep'],
    ['', 'unreadable'],
    ['{"new":', 'unreadable'],
  ] as const) {
    it(`with the value ${value} is judged: ${verdict}`, () =>
      assert.equal(judgePendingChange(value), verdict));
  }

  it('is logged without its author and approver', () => {
    assert.deepEqual(
      loggablePendingChange(
        '{"new":{"cmsurl":{}},"initiator":{"userid":"A Person","timestamp":"t"},"approver":{"userid":"B"}}',
      ),
      {
        new: { cmsurl: {} },
        initiator: { userid: 'Hidden in Logs', timestamp: 't' },
        approver: 'Hidden in Logs',
      },
    );
    assert.deepEqual(loggablePendingChange('{"initiator":"A Person"}'), { initiator: 'Hidden in Logs' });
    assert.deepEqual(loggablePendingChange('{"new":{}}'), { new: {} });
    assert.equal(loggablePendingChange('{'), null);
    assert.equal(loggablePendingChange('["A Person"]'), null);
  });

  it('is described to its author field by field', () => {
    assert.deepEqual(
      proposedFields(
        '{"new":{"cmsurl":{"previous":null,"data":"a"},"cmsopentimemonday":{"data":{"add":["1-2"]}},"postalcode":"x"}}',
      ),
      [
        { key: 'cmsurl', previous: 'None', data: 'a' },
        { key: 'cmsopentimemonday', previous: 'None', data: '{"add":["1-2"]}' },
        { key: 'postalcode', previous: 'None', data: 'None' },
      ],
    );
    assert.deepEqual(proposedFields('{'), []);
  });
});
