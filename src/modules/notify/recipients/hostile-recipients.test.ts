import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comparableRecipient, readGuestList } from './allowed-recipients.ts';
import { asciiEmailAddress, normaliseEmailAddress } from './email-address.ts';
import { checkPhoneNumber, isPhoneProblem, readPhoneNumber } from './phone-number.ts';
import { findAddressProblem, readPostalAddress } from './postal-address.ts';

const PIECES =
  '+ 0 44 7700900123 ( ) - +1 a é @ . .. example.test xn-- _ \' " , BFPO 57 c/o UK France Wales SW1A 1AA nfa no fixed abode \u200b \u00a0 \u2028 😀 ٠ ９ \u0000 \ud800 ; / \\ [ <'.split(
    ' ',
  );
PIECES.push(' ', '\n', '\t', '\r\n');

function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('hostile recipients', () => {
  it('are read or refused, never a failure, and what is accepted is in its normal form', () => {
    const random = randomNumbers(11);
    for (let round = 0; round < 6_000; round += 1) {
      const count = Math.floor(random() * 10);
      const text = Array.from({ length: count }, () => PIECES[Math.floor(random() * PIECES.length)]).join('');
      const number = checkPhoneNumber(text);
      if (!isPhoneProblem(number)) {
        assert.match(number.normalised, /^[1-9]\d{6,14}$/, JSON.stringify(text));
        assert.deepEqual(checkPhoneNumber(`+${number.normalised}`), number);
      }
      readPhoneNumber(text, { international: false, landline: false });
      const address = normaliseEmailAddress(text);
      if (address !== undefined) {
        assert.equal(normaliseEmailAddress(address), address, JSON.stringify(text));
        assert.match(asciiEmailAddress(address), /^[\x21-\x7e]+@[\x21-\x7e]+$/);
      }
      const postal = readPostalAddress(text);
      findAddressProblem(postal, { internationalLetters: round % 2 === 0 });
      assert.ok(
        postal.normalisedLines.every((line) => line.trim() === line && line !== ''),
        JSON.stringify(text),
      );
      comparableRecipient(text);
      readGuestList([text]);
    }
  });

  // What takes more than linear time takes minutes at this length.
  for (const piece of PIECES) {
    it(`of ${JSON.stringify(piece)} alone are read at any length`, () => {
      const text = piece.repeat(Math.ceil(50_000 / piece.length));
      assert.ok(isPhoneProblem(checkPhoneNumber(text)));
      assert.equal(normaliseEmailAddress(`${text}@${text}`), undefined);
      readPostalAddress(text);
      comparableRecipient(text);
    });
  }
});
