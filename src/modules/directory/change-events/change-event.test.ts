import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findProblem, isUsableGroup, odsCodeOf, readChangeEvent } from './change-event.ts';
import type { JsonObject } from './lossless-json.ts';

const VALID: JsonObject = { ODSCode: 'FZX01', OrganisationTypeId: 'PHA', OrganisationSubType: 'Community' };

describe('reading a change event', () => {
  it('keeps a body without staff byte for byte', () => {
    const body = '{ "ODSCode": "FZX01", "Big": 12345678901234567890, "Rate": 1.0 }';
    assert.equal(readChangeEvent(body)?.text, body);
    assert.equal(readChangeEvent(body)?.staffRemoved, false);
  });

  it('removes staff from the text and from the object, and nothing else', () => {
    const read = readChangeEvent(
      '{"ODSCode":"FZX01","Staff":[{"Name":"A } \\" B"}],"2":1.0,"1":12345678901234567890,"C":{"Staff":1}}',
    );
    assert.equal(read?.text, '{"ODSCode":"FZX01","2":1.0,"1":12345678901234567890,"C":{"Staff":1}}');
    assert.equal(Object.hasOwn(read?.event ?? {}, 'Staff'), false);
    assert.equal(read?.staffRemoved, true);
  });

  it('calls an empty staff list a redaction', () => {
    const read = readChangeEvent('{"Staff":[],"ODSCode":"FZX01"}');
    assert.deepEqual(read, { text: '{"ODSCode":"FZX01"}', event: { ODSCode: 'FZX01' }, staffRemoved: true });
  });

  it('drops a null staff without calling it a redaction', () => {
    const read = readChangeEvent('{"ODSCode":"FZX01","Staff": null}');
    assert.deepEqual(read, { text: '{"ODSCode":"FZX01"}', event: { ODSCode: 'FZX01' }, staffRemoved: false });
  });

  it('removes staff hidden behind an escape or a repeated key', () => {
    const read = readChangeEvent('{"St\\u0061ff":["Ann"],"ODSCode":"FZX01","Staff":null}');
    assert.deepEqual(read, { text: '{"ODSCode":"FZX01"}', event: { ODSCode: 'FZX01' }, staffRemoved: true });
  });

  it('keeps numbers as they are written when the object is written again', () => {
    const body = '{"a":1.0,"b":1E5,"c":12345678901234567890,"d":-0.10,"e":7,"f":[1.50]}';
    assert.equal(JSON.stringify(readChangeEvent(body)?.event), body);
  });

  for (const body of ['', 'null', '[]', '"text"', '12.0', '{', '{"a":1}x']) {
    it(`reads nothing from ${JSON.stringify(body)}`, () => assert.equal(readChangeEvent(body), null));
  }
});

describe('the ODS code of an event', () => {
  it('is text or nothing', () => {
    assert.equal(odsCodeOf(VALID), 'FZX01');
    assert.equal(odsCodeOf({ ODSCode: 5 }), null);
    assert.equal(odsCodeOf({}), null);
  });

  it('names a message group unless it holds space, control characters or more than 128 characters', () => {
    assert.equal(isUsableGroup('FZX01'), true);
    assert.equal(isUsableGroup('%%%%%'), true);
    assert.equal(isUsableGroup(null), true);
    assert.equal(isUsableGroup('A'.repeat(128)), true);
    assert.equal(isUsableGroup('A'.repeat(129)), false);
    assert.equal(isUsableGroup('FZ X1'), false);
    assert.equal(isUsableGroup('FZ\u0000X1'), false);
    assert.equal(isUsableGroup('FZ\u0085X1'), false);
  });
});

describe('validating a change event', () => {
  it('accepts a community and a distance selling pharmacy', () => {
    assert.equal(findProblem(VALID), null);
    assert.equal(findProblem({ ...VALID, OrganisationSubType: 'DistanceSelling', Extra: null }), null);
  });

  it('names the three required properties when one is missing', () => {
    assert.deepEqual(findProblem({ ODSCode: 'FZX01' }), {
      kind: 'schema',
      reason:
        'Failed schema validation. Error: data must contain ' +
        "['ODSCode', 'OrganisationTypeId', 'OrganisationSubType'] properties, Path: ['data'], " +
        'Data: {"ODSCode":"FZX01"}',
    });
  });

  it('wants each of the three to be text', () => {
    assert.deepEqual(findProblem({ ...VALID, ODSCode: null }), {
      kind: 'schema',
      reason:
        "Failed schema validation. Error: data.ODSCode must be string, Path: ['data', 'ODSCode'], Data: null",
    });
  });

  it('wants the organisation type PHA in capitals', () => {
    assert.deepEqual(findProblem({ ...VALID, OrganisationTypeId: 'pha', OrganisationSubType: 'x' }), {
      kind: 'organisation_type',
      reason: "Unexpected Org Type ID: 'pha'",
      organisationTypeId: 'pha',
    });
  });

  it('wants a known sub type in the right case', () => {
    assert.deepEqual(findProblem({ ...VALID, OrganisationSubType: 'community', ODSCode: 'x' }), {
      kind: 'organisation_sub_type',
      reason: "Unexpected Org Sub Type ID: 'community'",
    });
  });

  for (const odsCode of ['', 'FZX0', 'FZX011', 'FZX01 ']) {
    it(`refuses the ODS code '${odsCode}' for its length`, () => {
      assert.deepEqual(findProblem({ ...VALID, ODSCode: odsCode }), {
        kind: 'ods_code_length',
        reason: `ODSCode Wrong Length, '${odsCode}' is not length 5.`,
      });
    });
  }

  it('counts characters, not code units, and checks nothing but the length', () => {
    assert.equal(findProblem({ ...VALID, ODSCode: '😀 %_f' }), null);
  });
});
