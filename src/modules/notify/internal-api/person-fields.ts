import { EMAIL_ADDRESS_MESSAGE, normaliseEmailAddress } from '../recipients/email-address.ts';
import { isPhoneProblem, readPhoneNumber } from '../recipients/phone-number.ts';

/** What is wrong with an email address of a person; undefined when nothing is. */
export function emailFault(address: string): string | undefined {
  return normaliseEmailAddress(address) === undefined ? EMAIL_ADDRESS_MESSAGE : undefined;
}

/** Numbers abroad are fine: people sign in with them. */
export function phoneFault(number: string): string | undefined {
  const read = readPhoneNumber(number, { international: true, landline: false });
  return isPhoneProblem(read) ? `Invalid phone number: ${read.message}` : undefined;
}
