import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { comparableRecipient, findRecipientRefusal, readGuestList } from './allowed-recipients.ts';
import { asciiEmailAddress, normaliseEmailAddress } from './email-address.ts';
import {
  checkPhoneNumber,
  consolePhoneMessage,
  isPhoneProblem,
  normaliseIfPhoneNumber,
  type PhoneNumber,
  type PhoneProblem,
  readPhoneNumber,
  reportsDelivery,
  servicePhoneProblem,
  showsSenderNames,
} from './phone-number.ts';
import {
  addressFromPersonalisation,
  findAddressProblem,
  postageFor,
  readPostalAddress,
} from './postal-address.ts';
import { isSimulatedEmailAddress, isSimulatedNumber, testKeyOutcome } from './simulated-recipients.ts';

/** The cases of one file of vectors; each test knows the members of its own. */
function vectors<Case>(name: string): Case[] {
  const text = readFileSync(new URL(`testing/${name}.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { cases: Case[] }).cases;
}

const NEITHER = { international: false, landline: false };

describe('phone numbers', () => {
  const described = (result: PhoneNumber | PhoneProblem) =>
    isPhoneProblem(result)
      ? { error: result.error, api_message: result.message }
      : {
          normalised: result.normalised,
          international: result.international,
          crown_dependency: result.crownDependency,
          prefix: result.prefix,
          rate_multiplier: result.rateMultiplier,
        };
  for (const { input, schema, uk_only } of vectors<{ input: string; schema: unknown; uk_only: unknown }>(
    'phone-numbers',
  )) {
    it(`reads ${JSON.stringify(input)} as the original does`, () => {
      assert.deepEqual(described(checkPhoneNumber(input)), schema);
      assert.deepEqual(described(readPhoneNumber(input, NEITHER)), uk_only);
    });
  }

  it('names the service rule that a number breaks', () => {
    assert.deepEqual(servicePhoneProblem('+33 6 12 34 56 78', NEITHER), {
      error: 'BadRequestError',
      message: 'Cannot send to international mobile numbers',
    });
    assert.deepEqual(servicePhoneProblem('020 7946 0958', NEITHER), {
      error: 'InvalidPhoneError',
      message: 'Not a UK mobile number',
    });
    assert.equal(servicePhoneProblem('07797 721234', NEITHER), undefined);
    assert.equal(servicePhoneProblem('020 7946 0958', { international: false, landline: true }), undefined);
  });

  it('knows what the networks of a country do', () => {
    assert.deepEqual([reportsDelivery('1'), reportsDelivery('33')], [false, true]);
    assert.deepEqual([showsSenderNames('1'), showsSenderNames('44')], [false, true]);
  });

  it('normalises a sender only where it is a number', () => {
    assert.equal(normaliseIfPhoneNumber('07700900000'), '447700900000');
    assert.equal(normaliseIfPhoneNumber('GOVUK'), 'GOVUK');
    assert.equal(normaliseIfPhoneNumber('60006'), '60006');
  });

  it('has other words for people who use the console', () => {
    assert.equal(consolePhoneMessage('too_long'), 'Mobile number is too long');
  });
});

describe('email addresses', () => {
  for (const { input, normalised } of vectors<{ input: string; normalised: string | null }>(
    'email-addresses',
  )) {
    it(`${normalised === null ? 'refuses' : 'takes'} ${JSON.stringify(input.slice(0, 60))}`, () => {
      assert.equal(normaliseEmailAddress(input) ?? null, normalised);
    });
  }

  it('gives mail servers the host in punycode', () => {
    assert.equal(asciiEmailAddress('a@例え.テスト'), 'a@xn--r8jz45g.xn--zckzah');
    assert.equal(asciiEmailAddress('a@example.test'), 'a@example.test');
  });
});

describe('postal addresses', () => {
  interface AddressCase {
    raw: string;
    normalised_lines: string[];
    postcode: string | null;
    zone: string;
    bfpo_number: number | null;
    error_uk_only: string | null;
    error_international_allowed: string | null;
  }
  for (const expected of vectors<AddressCase>('postal-addresses')) {
    it(`reads ${JSON.stringify(expected.raw)} as the original does`, () => {
      const address = readPostalAddress(expected.raw);
      const problem = (internationalLetters: boolean) =>
        findAddressProblem(address, { internationalLetters })?.message ?? null;
      assert.deepEqual(
        {
          raw: expected.raw,
          normalised_lines: address.normalisedLines,
          postcode: address.postcode,
          zone: address.zone,
          bfpo_number: address.bfpoNumber,
          error_uk_only: problem(false),
          error_international_allowed: problem(true),
        },
        expected,
      );
    });
  }

  it('keeps the postcode of an address whose country is named after it', () => {
    const address = readPostalAddress('A Person\n1 High St\nCardiff\nWales\nCF10 1AA\nUK');
    assert.deepEqual(address.normalisedLines, ['A Person', '1 High St', 'Cardiff', 'Wales', 'CF10 1AA']);
  });

  it('answers an address of a forces number alone as too short', () => {
    assert.deepEqual(findAddressProblem(readPostalAddress('BFPO 57'), { internationalLetters: true }), {
      code: 'not-enough-address-lines',
      message: 'Address must be at least 3 lines',
    });
  });

  it('takes the seventh line instead of the postcode when it is given', () => {
    const lines = { address_line_1: 'A', address_line_2: 2, address_line_3: null, postcode: 'SW1A 1AA' };
    assert.equal(addressFromPersonalisation(lines), 'A\n2\n\n\n\n\nSW1A 1AA');
    assert.equal(
      addressFromPersonalisation({ address_line_1: true, address_line_2: [], address_line_3: 0 }),
      'True\n\n\n\n\n\n',
    );
    assert.equal(addressFromPersonalisation({ ...lines, address_line_7: '' }), 'A\n2\n\n\n\n\n');
  });

  it('lets a foreign address set the postage', () => {
    assert.equal(postageFor(readPostalAddress('A\nB\nFrance'), 'first'), 'europe');
    assert.equal(postageFor(readPostalAddress('A\nB\nSW1A 1AA'), 'economy'), 'economy');
  });
});

describe('recipients that are allowed', () => {
  const refusal = (keyType: 'normal' | 'team' | 'test', restricted: boolean, recipient: string) =>
    findRecipientRefusal({
      recipient,
      keyType,
      restricted,
      allowed: () => ['07700 900123', 'Team@Example.TEST'],
    });

  it('compares numbers and addresses in one form', () => {
    for (const one of ['07700 900123', '+447700900123', '00447700900123']) {
      assert.equal(comparableRecipient(one), '447700900123');
    }
    assert.equal(refusal('team', false, '+44 7700 900123'), undefined);
    assert.equal(refusal('normal', true, 'team@example.test'), undefined);
  });

  it('refuses others for team keys and in trial mode, in the words of the contract', () => {
    assert.equal(
      refusal('team', false, 'x@example.test'),
      'Can’t send to this recipient using a team-only API key',
    );
    assert.equal(
      refusal('normal', true, 'x@example.test'),
      'Can’t send to this recipient when service is in trial mode – see https://www.notifications.service.gov.uk/trial-mode',
    );
    assert.equal(refusal('normal', false, 'x@example.test'), undefined);
    assert.equal(refusal('test', true, 'x@example.test'), undefined);
  });

  it('replaces the guest list whole or names the entry that is wrong', () => {
    assert.deepEqual(readGuestList(['a@example.test', '07700900123', '+33612345678']), [
      { type: 'email', recipient: 'a@example.test' },
      { type: 'mobile', recipient: '07700900123' },
      { type: 'mobile', recipient: '+33612345678' },
    ]);
    for (const entry of ['nobody', '020 7946 0958', '']) {
      assert.deepEqual(readGuestList(['a@example.test', entry]), {
        message: `Invalid guest list: "${entry}" is not a valid email address or phone number`,
      });
    }
  });
});

describe('recipients that are simulated', () => {
  it('are three numbers and three addresses', () => {
    assert.ok(isSimulatedNumber('447700900000'));
    assert.ok(!isSimulatedNumber('447700900001'));
    assert.ok(isSimulatedEmailAddress('Simulate-Delivered-2@notifications.service.gov.uk'));
    assert.ok(!isSimulatedEmailAddress('simulate-delivered-4@notifications.service.gov.uk'));
  });

  it('decide what a test key reports', () => {
    assert.equal(testKeyOutcome('sms', ' +447700900003 '), 'temporary-failure');
    assert.equal(testKeyOutcome('sms', '07700900002'), 'permanent-failure');
    assert.equal(testKeyOutcome('sms', '07700900001'), 'delivered');
    assert.equal(testKeyOutcome('email', 'temp-fail@simulator.notify'), 'temporary-failure');
    assert.equal(testKeyOutcome('email', 'perm-fail@simulator.notify'), 'permanent-failure');
    assert.equal(testKeyOutcome('email', 'Perm-fail@simulator.notify'), 'delivered');
  });
});
