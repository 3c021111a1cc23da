import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contact, dosService, entity, surroundings } from '../testing/builders.ts';
import { compareService } from './compare-service.ts';

describe('comparing the public phone', () => {
  for (const [nhs, dos, expected] of [
    ['01632 960 001', '01632960001', 'none'],
    [' 01632 960\t001 ', '01632960001', '01632960\t001'],
    ['01632 960 001', '01632 960 001', '01632960001'],
    ['01632960001', null, '01632960001'],
    ['anything goes', '', 'anythinggoes'],
    [null, '01632960001', null],
    ['', '01632960001', null],
    [null, null, 'none'],
    [null, '', 'none'],
    ['', null, 'none'],
    ['', '', 'none'],
    ['None', null, 'none'],
  ] as const) {
    it(`finds ${expected} for ${JSON.stringify(nhs)} beside ${JSON.stringify(dos)} in DoS`, () => {
      const event = entity({
        Contacts: [contact('Telephone', nhs), contact('Website', 'https://quayside.example.org/Shop')],
      });
      const { changes } = compareService(dosService({ publicPhone: dos }), event, surroundings());
      if (expected === 'none') assert.deepEqual(changes, []);
      else
        assert.deepEqual(changes, [
          { kind: 'column', column: 'publicphone', previous: dos, value: expected },
        ]);
    });
  }
});
