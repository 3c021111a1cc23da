import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventKind } from './event-plan.ts';
import { eventBody, odsCodesOf, unmatchedCodes } from './event-source.ts';

function eventOf(kind: EventKind, odsCode: string, version: number) {
  const body = eventBody({ kind, odsCode, version, sequenceNumber: 1, correlationId: 'c' });
  return { body, record: JSON.parse(body) };
}

describe('the events of the profile editor', () => {
  it('say the same for the same version and something else for another', () => {
    const [odsCode = ''] = odsCodesOf(1);
    const { body, record } = eventOf('changed', odsCode, 3);
    assert.equal(record.ODSCode, odsCode);
    assert.ok(record.Staff.length > 0);
    assert.equal(eventOf('unchanged', odsCode, 3).body, body);
    assert.notEqual(eventOf('stale', odsCode, 2).body, body);
  });

  it('of kind poison keep the code, so that they reach a service', () => {
    const [odsCode = ''] = odsCodesOf(1);
    const { body, record } = eventOf('poison', odsCode, 0);
    assert.equal(record.ODSCode, odsCode);
    assert.notEqual(body, eventOf('unchanged', odsCode, 0).body);
  });

  it('of kind unmatched carry five characters that no pharmacy has', () => {
    const known = new Set(odsCodesOf(20_000));
    for (const code of unmatchedCodes()) {
      assert.equal(code.length, 5);
      assert.ok(!known.has(code));
      assert.equal(eventOf('unmatched', code, 0).record.ODSCode, code);
    }
  });
});
