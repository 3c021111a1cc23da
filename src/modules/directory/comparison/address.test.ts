import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DosService } from '../dos/dos-service.ts';
import { dosLocation, dosService, entity, surroundings } from '../testing/builders.ts';
import { formatAddress, postcodeSpellings } from './address.ts';
import { compareService } from './compare-service.ts';

describe('an address line', () => {
  for (const [line, expected] of [
    ["14 o'neill parade", '14 Oneill Parade'],
    ['49a HIGH ST', '49A High St'],
    ['2nd STOREY', '2Nd Storey'],
    ['marks&co', 'MarksandCo'],
    ["O'BRIEN'S ROAD", 'ObrienS Road'],
    ['CAFÉ', 'CafÉ'],
    ['o’neill & sons', 'O’Neill and Sons'],
  ] as const) {
    it(`'${line}' is written '${expected}'`, () => assert.equal(formatAddress([line]), expected));
  }

  it('is joined to the next with a dollar sign', () => {
    assert.equal(formatAddress(['UNIT 2', 'high st']), 'Unit 2$High St');
    assert.equal(formatAddress([]), '');
  });
});

it('a postcode may be spelled without space or with one anywhere inside', () => {
  assert.deepEqual(postcodeSpellings('E14'), ['E14', 'E 14', 'E1 4']);
  assert.deepEqual(postcodeSpellings(''), []);
  assert.deepEqual(postcodeSpellings('X'.repeat(256)), []);
});

describe('comparing address and postcode', () => {
  const NEW_LOCATION = [
    { kind: 'column', column: 'postcode', previous: 'ZZ99 1AA', value: 'ZZ99 1AB' },
    { kind: 'column', column: 'town', previous: 'SAMPLETON', value: 'OTHERTON' },
    { kind: 'column', column: 'easting', previous: 434039, value: 433971 },
    { kind: 'column', column: 'northing', previous: 289239, value: 289350 },
    { kind: 'column', column: 'latitude', previous: 52.5, value: 52.501 },
    { kind: 'column', column: 'longitude', previous: -1.5, value: -1.501 },
  ];
  const NEW_ADDRESS = {
    kind: 'column',
    column: 'address',
    previous: 'Unit 2$14 Oneill Parade$Sampleton',
    value: 'Unit 3$14 Oneill Parade$Sampleton',
  };

  function compare(
    record: Parameters<typeof entity>[0],
    dos: Partial<DosService> = {},
    around = surroundings(),
  ) {
    return compareService(dosService(dos), entity(record), around);
  }

  it('finds nothing when both are equal', () => {
    assert.deepEqual(compare({ Postcode: 'zz991aa' }).changes, []);
  });

  it('changes the address alone without looking at the location', () => {
    assert.deepEqual(compare({ Address1: 'UNIT 3' }, {}, surroundings({ locations: new Map() })).changes, [
      NEW_ADDRESS,
    ]);
  });

  it('changes the postcode with everything that hangs on it', () => {
    assert.deepEqual(compare({ Postcode: 'zz 991ab' }).changes, NEW_LOCATION);
  });

  it('changes both, the address first', () => {
    assert.deepEqual(compare({ Address1: 'UNIT 3', Postcode: 'ZZ99 1AB' }).changes, [
      NEW_ADDRESS,
      ...NEW_LOCATION,
    ]);
  });

  it('writes town and coordinates even when they stay the same', () => {
    const around = surroundings({
      locations: new Map([['ZZ991AB', [dosLocation({ town: 'SAMPLETON', easting: 434039 })]]]),
    });
    assert.deepEqual(
      compare({ Postcode: 'ZZ99 1AB' }, {}, around).changes.map(
        (change) => 'column' in change && change.column,
      ),
      ['postcode', 'town', 'easting', 'northing', 'latitude', 'longitude'],
    );
  });

  it('takes the first location with all coordinates', () => {
    const locations = new Map([
      ['ZZ991AB', [dosLocation({ northing: null }), dosLocation({ postcode: 'ZZ991AB' }), dosLocation()]],
    ]);
    const { changes } = compare({ Postcode: 'ZZ99 1AB' }, {}, surroundings({ locations }));
    assert.equal(changes[0]?.kind === 'column' && changes[0].value, 'ZZ991AB');
  });

  it('drops both and reports when DoS does not know the postcode', () => {
    const { changes, reports, remarks } = compare({
      Address1: 'UNIT 3',
      Postcode: 'ZZ99 1AC',
      County: undefined as never,
    });
    assert.deepEqual(changes, []);
    assert.ok(remarks.some(({ message }) => message === 'Deleted address change as postcode is invalid'));
    assert.deepEqual(reports, [
      {
        key: 'INVALID_POSTCODE',
        message: "NHS entity 'FZX01' postcode 'ZZ99 1AC' is not a valid DoS postcode!",
        fields: {
          nhsuk_odscode: 'FZX01',
          nhsuk_organisation_type: 'Pharmacy',
          nhsuk_organisation_name: 'Quayside Pharmacy',
          nhsuk_organisation_subtype: 'Community',
          nhsuk_address1: 'UNIT 3',
          nhsuk_address2: "14 o'neill parade",
          nhsuk_address3: null,
          nhsuk_city: 'SAMPLETON',
          nhsuk_county: '',
          nhsuk_postcode: 'ZZ99 1AC',
          validation_error_reason: 'Postcode not valid/found on DoS',
          dos_service: '2000000101',
          dos_service_type_name: 'Pharmacy',
          dos_service_name: 'Pharmacy: Quayside',
        },
        regionOf: 101,
        metric: 'InvalidPostcode',
      },
    ]);
  });

  it('does not speak of a dropped address when only the postcode differs', () => {
    const { remarks, reports } = compare({ Postcode: 'ZZ99 1AC' });
    assert.equal(reports[0]?.key, 'INVALID_POSTCODE');
    assert.ok(!remarks.some(({ message }) => message.startsWith('Deleted')));
  });

  it('treats a null postcode as invalid, and a null one in DoS as empty text', () => {
    assert.equal(compare({ Postcode: null }).reports[0]?.key, 'INVALID_POSTCODE');
    assert.equal(compare({ Postcode: 'ZZ99 1AB' }, { postcode: null }).changes.length, 6);
  });

  it('writes an address without lines as empty text, once', () => {
    const record = { Address1: '', Address2: null, City: ' ' };
    const { changes } = compare(record, { address: null });
    assert.deepEqual(changes, [{ kind: 'column', column: 'address', previous: null, value: '' }]);
    assert.deepEqual(compare(record, { address: '' }).changes, []);
  });
});
