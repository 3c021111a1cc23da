import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  LOCATION_COUNT,
  locationAt,
  odsCodeAt,
  profileOf,
  REAL_ODS_CODE_COUNT,
  servicesOf,
  VARIATIONS,
  variationOf,
} from './index.ts';

const SAMPLE = Array.from({ length: 300 }, (_, at) => odsCodeAt(at * 30));

describe('the made-up pharmacies', () => {
  it('have as many ODS codes of five characters as anybody asks for', () => {
    const codes = Array.from({ length: REAL_ODS_CODE_COUNT + 1000 }, (_, at) => odsCodeAt(at));
    assert.equal(new Set(codes).size, codes.length);
    assert.ok(codes.every((code) => code.length === 5));
  });

  it('have a postcode each of the locations can be told by', () => {
    const postcodes = Array.from({ length: LOCATION_COUNT }, (_, at) => locationAt(at).postcode);
    assert.equal(new Set(postcodes).size, LOCATION_COUNT);
    assert.ok(postcodes.every((postcode) => /^ZZ[1-8]\d \d[A-Z]{2}$/.test(postcode)));
    assert.deepEqual(locationAt(LOCATION_COUNT + 3), locationAt(3));
  });

  it('have about 1.7 services on average, one of them active and of type 13', () => {
    const services = SAMPLE.map(servicesOf);
    const average = services.flat().length / SAMPLE.length;
    assert.ok(average > 1.6 && average < 1.85, `average ${average}`);
    assert.ok(services.every(([first]) => first?.typeId === 13 && first.statusId === 1));
    assert.deepEqual(
      new Set(services.flat().map(({ typeId }) => typeId)),
      new Set([13, 131, 132, 134, 137, 148, 149]),
    );
    assert.deepEqual(new Set(services.flat().map(({ statusId }) => statusId)), new Set([1, 2, 3]));
  });

  it('are the same every time', () => {
    assert.deepEqual(profileOf('FA002', 4), profileOf('FA002', 4));
    assert.equal(variationOf('FA002', 0), 'unchanged');
  });

  it('keep in each version what its variation does not name', () => {
    for (const odsCode of SAMPLE) {
      for (let version = 1; version < 6; version += 1) {
        const [before, after] = [version - 1, version].map((number) => profileOf(odsCode, number));
        assert.ok(before && after);
        const isContact = ['all', 'contact'].includes(variationOf(odsCode, version));
        assert.equal(before.phone !== after.phone, isContact);
        const isWeek = ['all', 'opening_times'].includes(variationOf(odsCode, version));
        assert.equal(JSON.stringify(before.week) !== JSON.stringify(after.week), isWeek);
      }
    }
  });

  it('change in what a variation names and in nothing else', () => {
    for (const variation of VARIATIONS) {
      const [before, after, next] = [0, 1, 2].map((version) => profileOf('FA002', version, variation));
      assert.ok(before && after && next);
      const changed = (a: object, b: object) =>
        Object.entries(a)
          .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(b, key)))
          .map(([key]) => key)
          .filter((key) => key !== 'version');
      const expected = {
        unchanged: [],
        all: [
          ...['addressLines', 'location', 'phone', 'website', 'week', 'dates'],
          ...['palliativeCare', 'bloodPressure', 'contraception'],
        ],
        opening_times: ['week', 'dates'],
        contact: ['phone', 'website'],
        location: ['addressLines', 'location'],
        palliative_care: ['palliativeCare'],
        blood_pressure: ['bloodPressure'],
        contraception: ['contraception'],
      }[variation];
      assert.deepEqual(changed(before, after), expected, variation);
      assert.deepEqual(changed(after, next), expected, variation);
    }
  });
});
