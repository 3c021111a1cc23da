import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOutdated, readSequenceNumber } from './sequence-number.ts';

describe('a sequence number', () => {
  for (const [text, expected] of [
    ['1', '1'],
    ['0', '0'],
    ['-0', '0'],
    ['007', '7'],
    ['-0012', '-12'],
    ['1900000000000000001', '1900000000000000001'],
    ['9'.repeat(38), '9'.repeat(38)],
    ['9'.repeat(39), null],
    ['1.5', null],
    ['1e3', null],
    ['+1', null],
    [' 1', null],
    ['1\n', null],
    ['', null],
    ['-', null],
    [undefined, null],
  ] as const) {
    it(`written ${JSON.stringify(text)} reads as ${expected}`, () => {
      assert.equal(readSequenceNumber(text), expected);
    });
  }

  it('is outdated only when it is smaller than the newest stored one', () => {
    assert.equal(isOutdated('1900000000000000000', '1900000000000000001'), true);
    assert.equal(isOutdated('1900000000000000001', '1900000000000000001'), false);
    assert.equal(isOutdated('1900000000000000002', '1900000000000000001'), false);
  });

  it('must not be negative even when nothing or a negative one is stored', () => {
    assert.equal(isOutdated('0', null), false);
    assert.equal(isOutdated('-1', null), true);
    assert.equal(isOutdated('-1', '-5'), true);
  });
});
