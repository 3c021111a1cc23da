import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entity, matchedService, openOn } from '../testing/builders.ts';
import { reviewMatches } from './review-matches.ts';

const PHARMACY = matchedService();
const BLOOD_PRESSURE = matchedService({
  id: 148,
  uid: '2000000148',
  odsCode: 'FZX01A',
  typeId: 148,
  typeName: 'Pharmacy Blood Pressure Check',
});
const CONTRACEPTION = matchedService({
  id: 149,
  uid: '2000000149',
  odsCode: 'FZX01B',
  typeId: 149,
  typeName: 'Pharmacy Contraception',
});
const OFF = { statusId: 2, statusName: 'closed' };
const OFFERS_BOTH = { Services: [{ ServiceCode: 'SRV0560' }, { ServiceCode: 'SRV2000' }] };
const INVALID_TIMES = { OpeningTimes: [openOn('Monday', '17:00', '09:00')] };

const ADDRESS = {
  nhsuk_address1: 'UNIT 2',
  nhsuk_address2: "14 o'neill parade",
  nhsuk_address3: null,
  nhsuk_city: 'SAMPLETON',
  nhsuk_county: '',
};

function keysOf(review: ReturnType<typeof reviewMatches>) {
  return { updates: review.updates.map(({ id }) => id), reports: review.reports.map(({ key }) => key) };
}

describe('reviewing the services that match a change event', () => {
  it('sends one update per service when nothing is odd', () => {
    const review = reviewMatches(entity(), [PHARMACY, BLOOD_PRESSURE, CONTRACEPTION]);
    assert.deepEqual(keysOf(review), { updates: [101, 148, 149], reports: [] });
  });

  it('step 1: reports an unmatched pharmacy and stops', () => {
    const review = reviewMatches(entity(INVALID_TIMES), []);
    assert.deepEqual(review.updates, []);
    assert.deepEqual(review.reports, [
      {
        key: 'UNMATCHED_PHARMACY',
        message: "No matching DOS services found that fit all criteria for ODSCode 'FZX01'",
        fields: {
          nhsuk_odscode: 'FZX01',
          nhsuk_organisation_name: 'Quayside Pharmacy',
          nhsuk_organisation_typeid: 'PHA',
          nhsuk_organisation_status: 'Visible',
          nhsuk_organisation_subtype: 'Community',
          ...ADDRESS,
          nhsuk_postcode: 'ZZ99 1AA',
          nhsuk_parent_organisation_name: 'Harbour Chemists Ltd',
        },
      },
    ]);
    assert.deepEqual(review.remarks, [
      { level: 'INFO', message: 'Found 0 services in DB with matching first 5 chars of ODSCode: []' },
    ]);
  });

  it('step 1: counts a pharmacy without any active service as unmatched, even when the event switches one on', () => {
    const review = reviewMatches(entity(OFFERS_BOTH), [{ ...BLOOD_PRESSURE, ...OFF }]);
    assert.deepEqual(keysOf(review), { updates: [], reports: ['UNMATCHED_PHARMACY'] });
  });

  for (const services of [[], null]) {
    it(`steps 2 and 3: drops switched-off services when Services is ${JSON.stringify(services)}`, () => {
      const review = reviewMatches(entity({ Services: services }), [
        PHARMACY,
        { ...BLOOD_PRESSURE, ...OFF },
        { ...CONTRACEPTION, statusId: 3 },
      ]);
      assert.deepEqual(keysOf(review), { updates: [101], reports: [] });
      assert.deepEqual(
        review.remarks.slice(1).map(({ message }) => message),
        [
          'Removing matched blood pressure services',
          'Removing matched contraception services',
          'Matched DoS Services after services filtered',
        ],
      );
    });
  }

  it('steps 2 and 3: keeps a switched-off service that the event switches on', () => {
    const review = reviewMatches(entity(OFFERS_BOTH), [
      PHARMACY,
      { ...BLOOD_PRESSURE, ...OFF },
      { ...CONTRACEPTION, statusId: 3 },
    ]);
    assert.deepEqual(keysOf(review), { updates: [101, 148, 149], reports: [] });
  });

  for (const status of ['Hidden', 'CLOSED', 'closed']) {
    it(`step 5: reports each remaining service of an organisation that is ${status}, and stops`, () => {
      const record = { OrganisationStatus: status, ...INVALID_TIMES };
      const review = reviewMatches(entity(record), [PHARMACY, BLOOD_PRESSURE, { ...CONTRACEPTION, ...OFF }]);
      assert.deepEqual(keysOf(review), { updates: [], reports: ['HIDDEN_OR_CLOSED', 'HIDDEN_OR_CLOSED'] });
      assert.deepEqual(review.reports[1], {
        key: 'HIDDEN_OR_CLOSED',
        message: 'NHS Service marked as closed or hidden, no change events will be produced from this event',
        fields: {
          dos_service_uid: '2000000148',
          nhsuk_odscode: 'FZX01',
          dos_service_name: 'Pharmacy: Quayside',
          nhsuk_service_status: status,
          nhsuk_service_type: 'Pharmacy',
          nhsuk_sector: 'Community',
          dos_service_status: 'active',
          dos_service_type: 'Pharmacy Blood Pressure Check',
          nhsuk_parent_organisation_name: 'Harbour Chemists Ltd',
          dos_service_typeid: 148,
        },
        regionOf: 148,
      });
    });
  }

  it('step 6: reports invalid opening times once and goes on', () => {
    const review = reviewMatches(entity(INVALID_TIMES), [PHARMACY, BLOOD_PRESSURE]);
    assert.deepEqual(review.updates, [PHARMACY, BLOOD_PRESSURE]);
    assert.deepEqual(review.reports, [
      {
        key: 'INVALID_OPEN_TIMES',
        message: "NHS Entity 'FZX01' has a misformatted or illogical set of opening times.",
        fields: {
          nhsuk_odscode: 'FZX01',
          nhsuk_organisation_name: 'Quayside Pharmacy',
          nhsuk_open_times_payload: JSON.stringify(INVALID_TIMES.OpeningTimes),
          dos_service_type_name: 'Pharmacy, Pharmacy Blood Pressure Check',
          dos_services: '2000000101, 2000000148',
        },
        metric: 'InvalidOpenTimes',
      },
    ]);
  });

  it('steps 7 and 8: reports missing profiles with the last active pharmacy of the list', () => {
    const second = matchedService({ id: 102, address: 'Elsewhere', postcode: 'ZZ99 1AB', odsCode: 'FZX01C' });
    const review = reviewMatches(entity(OFFERS_BOTH), [PHARMACY, second]);
    assert.deepEqual(review.updates, [PHARMACY, second]);
    assert.deepEqual(
      review.reports.map(({ fields }) => [fields.dos_missing_service_type, fields.reason]),
      [
        ['Blood Pressure', "No 'Blood Pressure' type service profile"],
        ['Contraception', "No 'Contraception' type service profile"],
      ],
    );
    assert.deepEqual(review.reports[0], {
      key: 'MISSING_SERVICE_TYPE',
      message: 'Missing DoS service for a certain type associated with a NHS UK Service Code',
      fields: {
        nhsuk_odscode: 'FZX01',
        nhsuk_organisation_name: 'Quayside Pharmacy',
        nhsuk_organisation_typeid: 'PHA',
        nhsuk_organisation_status: 'Visible',
        nhsuk_organisation_subtype: 'Community',
        dos_missing_service_type: 'Blood Pressure',
        dos_service_address: 'Elsewhere',
        dos_service_postcode: 'ZZ99 1AB',
        reason: "No 'Blood Pressure' type service profile",
        nhsuk_parent_organisation_name: 'Harbour Chemists Ltd',
      },
      regionOf: 102,
    });
  });

  it('steps 7 and 8: stays silent without an active pharmacy in the list', () => {
    const review = reviewMatches(entity(OFFERS_BOTH), [matchedService({ typeId: 131 })]);
    assert.deepEqual(keysOf(review), { updates: [101], reports: [] });
  });

  it('step 9: reports palliative care without a pharmacy of five characters, with the first service', () => {
    const derived = matchedService({ id: 103, odsCode: 'FZX01A' });
    const review = reviewMatches(entity({ UecServices: [{ ServiceCode: 'SRV0559' }] }), [
      BLOOD_PRESSURE,
      derived,
    ]);
    assert.deepEqual(keysOf(review), { updates: [148, 103], reports: ['MISSING_SERVICE_TYPE'] });
    assert.equal(review.reports[0]?.fields.dos_missing_service_type, 'Palliative Care');
    assert.equal(review.reports[0]?.fields.reason, 'No Active Pharmacy with 5 Character ODSCode');
    assert.equal(review.reports[0]?.regionOf, 148);
  });

  it('step 9: is content with a pharmacy of five characters', () => {
    const review = reviewMatches(entity({ UecServices: [{ ServiceCode: 'SRV0559' }] }), [PHARMACY]);
    assert.deepEqual(keysOf(review), { updates: [101], reports: [] });
  });
});
