import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contact, dosService, entity, surroundings } from '../testing/builders.ts';
import { compareService } from './compare-service.ts';
import { isValidWebsite, normaliseWebsite } from './website.ts';

describe('a website in normal form', () => {
  for (const [raw, normalised, isValid] of [
    ['HTTPS://Www.Shop.example/PaTh?Q=1#F', 'https://www.shop.example/PaTh?Q=1#F', true],
    ['WWW.Shop.example:8080', 'www.shop.example:8080', false],
    ['me@shop.example', 'me@shop.example', false],
    ['https://a.example', 'https://a.example', false],
    ['https://Quayside.Example.ORG/Shop', 'https://quayside.example.org/Shop', true],
    ['https://Shop.example/', 'https://shop.example/', true],
    ['https://Shop.example/A?', 'https://shop.example/A', true],
    ['https://Shop.example/A#', 'https://shop.example/A', true],
    ['https://Shop.example?q=1', 'https://shop.example?q=1', false],
    ['https://Shop.example:443/A', 'https://shop.example:443/A', false],
    ['https://User:Pw@Shop.example/A', 'https://user:pw@shop.example/A', false],
    ['//Shop.example/A', '//shop.example/A', false],
    ['FTP://Shop.example/A', 'ftp://shop.example/A', false],
    ['Www.Shop.example/A/B', 'www.shop.example/A/B', true],
    ['Shop.example/A b', 'shop.example/A b', true],
    ['SHOP.EXAMPLE', 'shop.example', true],
    ['shop_one.example', 'shop_one.example', false],
    [' \u0001https://Shop.ex\nample/A\tB', 'https://shop.example/AB', true],
    [' shop.example', ' shop.example', false],
    ['mailto:Me@Shop.example', 'mailto:me@shop.example', false],
    ['https://', 'https://', false],
    ['https://[Shop.example/A', 'https://[shop.example/A', false],
    ['none', 'none', false],
  ] as const) {
    it(`of ${JSON.stringify(raw)} is ${JSON.stringify(normalised)}, ${isValid ? 'valid' : 'invalid'}`, () => {
      assert.equal(normaliseWebsite(raw), normalised);
      assert.equal(isValidWebsite(normalised), isValid);
    });
  }
});

describe('comparing the website', () => {
  function compare(nhs: string | null, dos: string | null) {
    const event = entity({ Contacts: [contact('Website', nhs), contact('Telephone', '01632960001')] });
    return compareService(dosService({ web: dos }), event, surroundings());
  }

  for (const [nhs, dos, expected] of [
    [null, 'www.old.example.org', null],
    ['', 'www.old.example.org', null],
    ['  ', 'www.old.example.org', null],
    [null, null, 'none'],
    [null, '', 'none'],
    ['', ' ', 'none'],
    ['SHOP.example', 'shop.example', 'none'],
    ['shop.example', 'SHOP.example', 'shop.example'],
    ['Shop.Example/A', null, 'shop.example/A'],
    ['me@shop.example', 'shop.example', 'invalid'],
    ['  ', '', 'invalid'],
    ['https://[a', 'https://[a', 'invalid'],
    ['me@shop.example', 'me@shop.example', 'none'],
  ] as const) {
    it(`finds ${expected} for ${JSON.stringify(nhs)} beside ${JSON.stringify(dos)} in DoS`, () => {
      const { changes, reports } = compare(nhs, dos);
      if (expected === 'none' || expected === 'invalid') assert.deepEqual(changes, []);
      else assert.deepEqual(changes, [{ kind: 'column', column: 'web', previous: dos, value: expected }]);
      assert.equal(reports.length, expected === 'invalid' ? 1 : 0);
    });
  }

  it('reports an invalid website and goes on with the other attributes', () => {
    const event = entity({ Contacts: [contact('Website', 'Me@shop.example')] });
    const { changes, reports } = compareService(dosService(), event, surroundings());
    assert.deepEqual(
      changes.map((change) => change.kind === 'column' && change.column),
      ['publicphone'],
    );
    assert.deepEqual(reports, [
      {
        key: 'GENERIC_CHANGE_EVENT_ERROR',
        message: 'Website is not valid',
        fields: {
          error_reason: 'Website is not valid',
          error_info: "NHSUK unedited website: 'Me@shop.example', NHSUK website='me@shop.example'",
          nhs_unedited_website: 'Me@shop.example',
          nhs_website: 'me@shop.example',
        },
        regionOf: 101,
      },
    ]);
  });
});
