import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contact, entity } from '../testing/builders.ts';
import type { JsonValue } from './lossless-json.ts';
import { entityLogKeys, normalisePostcode } from './nhs-entity.ts';

describe('the view of a change event', () => {
  it('shows what the record says', () => {
    const view = entity();
    assert.equal(view.odsCode, 'FZX01');
    assert.equal(view.status, 'VISIBLE');
    assert.equal(view.parentOrganisationName, 'Harbour Chemists Ltd');
    assert.deepEqual(view.addressLines, ['UNIT 2', "14 o'neill parade", 'SAMPLETON']);
    assert.equal(view.phone, '01632 960 001');
    assert.equal(view.website, 'https://Quayside.Example.ORG/Shop');
    assert.equal(view.normalPostcode, 'ZZ991AA');
    assert.deepEqual(view.remarks, []);
    assert.deepEqual(entityLogKeys(view), {
      nhsuk_organisation_typeid: 'PHA',
      nhsuk_organisation_name: 'Quayside Pharmacy',
    });
  });

  it('keeps address lines in order, untrimmed, without blanks and without what is not text', () => {
    const view = entity({
      Address1: ' ',
      Address2: 7,
      Address3: ' A ',
      Address4: 'B',
      City: null,
      County: 'C',
    });
    assert.deepEqual(view.addressLines, [' A ', 'B', 'C']);
  });

  it('takes the first primary contact of office hours, in any case', () => {
    const view = entity({
      Contacts: [
        { ...contact('Telephone', 'no'), ContactType: 'Secondary' },
        { ...contact('Telephone', 'no'), ContactAvailabilityType: 'Out of hours' },
        { ...contact('TELEPHONE', 'yes'), ContactType: 'PRIMARY', ContactAvailabilityType: 'office HOURS' },
        contact('Telephone', 'late'),
      ],
    });
    assert.equal(view.phone, 'yes');
    assert.equal(view.website, null);
  });

  it('does not look past a first contact whose value is null', () => {
    assert.equal(entity({ Contacts: [contact('Website', null), contact('Website', 'late')] }).website, null);
  });

  for (const contacts of [null, undefined, {}, 'x', [null], ['x'], [{ ContactType: null }]]) {
    it(`has no contact when Contacts is ${JSON.stringify(contacts)}`, () => {
      const view = entity({ Contacts: contacts as JsonValue });
      assert.deepEqual([view.phone, view.website], [null, null]);
    });
  }

  for (const [services, expected] of [
    [undefined, false],
    [null, null],
    [{}, null],
    [[], false],
    [[null, 'SRV0559'], false],
    [[{ ServiceCode: 'srv0559' }], false],
    [[{ ServiceCode: 'SRV0001' }, { ServiceCode: 'SRV0559' }], true],
  ] as [JsonValue | undefined, boolean | null][]) {
    it(`reads palliative care as ${expected} from ${JSON.stringify(services)}`, () => {
      assert.equal(entity({ UecServices: services as JsonValue }).palliativeCare, expected);
    });
  }

  it('reads blood pressure and contraception from the other list', () => {
    const view = entity({ Services: [{ ServiceCode: 'SRV0560' }, { ServiceCode: 'SRV2000' }] });
    assert.deepEqual([view.bloodPressure, view.contraception, view.palliativeCare], [true, true, false]);
    assert.deepEqual([entity({ Services: null }).bloodPressure, entity({}).contraception], [null, false]);
  });

  it('counts a missing status as visible and warns', () => {
    const view = entity({ OrganisationStatus: null });
    assert.equal(view.status, 'VISIBLE');
    assert.deepEqual(
      view.remarks.map(({ level }) => level),
      ['WARNING'],
    );
  });

  it('tolerates a null parent and postcode', () => {
    const view = entity({ ParentOrganisation: null, Postcode: null });
    assert.deepEqual([view.parentOrganisationName, view.postcode, view.normalPostcode], [null, null, '']);
  });
});

it('a postcode is compared without spaces and in upper case', () => {
  assert.equal(normalisePostcode(' zz9 9 1aa '), 'ZZ991AA');
  assert.equal(normalisePostcode(null), '');
});
