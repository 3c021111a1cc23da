import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalJson, changeEventId } from './change-event-id.ts';
import { type JsonObject, parseJson } from './lossless-json.ts';

describe('the id of a change event', () => {
  it('is the check value of the specification', () => {
    const event = { ODSCode: 'FA000', OrganisationTypeId: 'PHA', OrganisationSubType: 'Community' };
    assert.equal(
      `[${canonicalJson(event)}, 7]`,
      '[{"ODSCode": "FA000", "OrganisationSubType": "Community", "OrganisationTypeId": "PHA"}, 7]',
    );
    assert.equal(changeEventId(event, '7'), '44b86e910f30390e89675a07be2da7f0');
  });

  it('does not depend on the order of keys but on the sequence number', () => {
    const one = parseJson('{"a":1,"b":{"c":2,"d":3}}') as JsonObject;
    const other = parseJson('{"b":{"d":3,"c":2},"a":1}') as JsonObject;
    assert.equal(changeEventId(one, '1'), changeEventId(other, '1'));
    assert.notEqual(changeEventId(one, '1'), changeEventId(one, '2'));
    assert.notEqual(changeEventId(one, null), changeEventId(one, '0'));
  });
});

describe('canonical JSON', () => {
  for (const [source, expected] of [
    ['{"10":1,"9":2,"a":[]}', '{"10": 1, "9": 2, "a": []}'],
    ['{"b":null,"a":[true,false,{}]}', '{"a": [true, false, {}], "b": null}'],
    ['["é😀\\u007f\\n\\u0001/"]', '["\\u00e9\\ud83d\\ude00\\u007f\\n\\u0001/"]'],
    ['{"\\uffff":1,"😀":2}', '{"\\uffff": 1, "\\ud83d\\ude00": 2}'],
    ['[1.0,-0,12345678901234567890,0.5]', '[1.0, 0, 12345678901234567890, 0.5]'],
  ] as const) {
    it(`of ${source} is ${expected}`, () => assert.equal(canonicalJson(parseJson(source)), expected));
  }
});
