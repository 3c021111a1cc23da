import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changeEventFor, changeEventNumber, FAULTS } from './change-events.ts';

describe('a made-up change event', () => {
  it('is the same for the same choice', () => {
    const choice = { odsCode: 'FA002', version: 3 };
    assert.deepEqual(changeEventFor(choice), changeEventFor(choice));
    assert.deepEqual(changeEventNumber(25, 10), changeEventNumber(25, 10));
  });

  it('is a whole record', () => {
    const event = changeEventFor({ odsCode: 'FA002', version: 0, hasStaff: true });
    assert.deepEqual(Object.keys(event), [
      ...['ODSCode', 'OrganisationName', 'OrganisationTypeId', 'OrganisationType', 'OrganisationSubType'],
      ...['OrganisationStatus', 'ParentOrganisation', 'Address1', 'Address2', 'Address3', 'Address4', 'City'],
      ...['County', 'Postcode', 'Contacts', 'OpeningTimes', 'UecServices', 'Services', 'Staff'],
    ]);
  });

  it('differs from the sound one for every fault', () => {
    const sound = JSON.stringify(changeEventFor({ odsCode: 'FA002', version: 0 }));
    for (const fault of FAULTS) {
      assert.notEqual(JSON.stringify(changeEventFor({ odsCode: 'FA002', version: 0, fault })), sound, fault);
    }
  });
});
