import type { PhoneNumber as ParsedNumber } from 'google-libphonenumber';
import { downgradeToAscii } from './ascii-downgrade.ts';
import { PHONE_WHITESPACE } from './invisible-characters.ts';
import { phoneLibrary } from './phone-library.ts';
import { SMS_DESTINATIONS } from './sms-destinations-data.ts';

/** A number that text messages can be sent to (public API 6.4). */
export interface PhoneNumber {
  /** E.164 without the plus. */
  readonly normalised: string;
  readonly countryCode: number;
  /** Any number outside the United Kingdom proper; Jersey, Guernsey and the Isle of Man are outside. */
  readonly international: boolean;
  /** Jersey, Guernsey or the Isle of Man; needs no permission for international messages. */
  readonly crownDependency: boolean;
  /** Key into the price list: the calling code, or four digits for places that share +1. */
  readonly prefix: string;
  /** Price of a fragment as a multiple of the national price. */
  readonly rateMultiplier: number;
  /** Whether the daily limit of international messages counts it. */
  readonly countsAsInternational: boolean;
}

export const PHONE_ERRORS = [
  'invalid_number',
  'too_long',
  'too_short',
  'not_a_uk_mobile',
  'unknown_character',
  'unsupported_country_code',
  'unsupported_emergency_number',
] as const;
export type PhoneErrorCode = (typeof PHONE_ERRORS)[number];

export interface PhoneProblem {
  readonly error: PhoneErrorCode;
  /** As the API says it. */
  readonly message: string;
}

export interface PhonePermissions {
  readonly international: boolean;
  readonly landline: boolean;
}

const MESSAGES: Readonly<Record<PhoneErrorCode, { api: string; console: string }>> = {
  invalid_number: {
    api: 'Number is not valid – double check the phone number you entered',
    console: 'Number is not valid – double check the phone number you entered',
  },
  too_long: { api: 'Too many digits', console: 'Mobile number is too long' },
  too_short: { api: 'Not enough digits', console: 'Mobile number is too short' },
  not_a_uk_mobile: {
    api: 'Not a UK mobile number',
    console: 'This does not look like a UK mobile number – double check the mobile number you entered',
  },
  unknown_character: {
    api: 'Must not contain letters or symbols',
    console: 'Mobile numbers can only include: 0 1 2 3 4 5 6 7 8 9 ( ) + -',
  },
  unsupported_country_code: {
    api: 'Not a valid country prefix',
    console: 'Country code not found - double check the mobile number you entered',
  },
  unsupported_emergency_number: {
    api: 'Phone number cannot be an emergency number',
    console: 'Phone number cannot be an emergency number',
  },
};

const UNKNOWN_CHARACTER = new RegExp(`[^0-9()\\-+${PHONE_WHITESPACE}]`);
/** The longest input the library reads; it throws on more. Real ones are a tenth of it. */
const MAX_INPUT = 250;

/** What people who use the console are told. */
export function consolePhoneMessage(error: PhoneErrorCode): string {
  return MESSAGES[error].console;
}

/** With both permissions, as the request schema checks a number (public API 6.4). Never throws. */
export function checkPhoneNumber(input: string): PhoneNumber | PhoneProblem {
  return readPhoneNumber(input, { international: true, landline: true });
}

/**
 * The number behind what somebody typed, or the first rule of public API 6.4 it breaks. Takes white space, brackets,
 * hyphens and the usual slips with prefixes. Never throws.
 */
export function readPhoneNumber(input: string, permissions: PhonePermissions): PhoneNumber | PhoneProblem {
  const parsed = parseWithRescue(input);
  if (typeof parsed === 'string') return problem(parsed);
  const countryCode = parsed.getCountryCodeOrDefault();
  if (countryCode !== 44 && !permissions.international) return problem('not_a_uk_mobile');
  const { library, landlineTypes } = phoneLibrary();
  const landline = countryCode === 44 && landlineTypes.has(library.getNumberType(parsed));
  if (landline && !permissions.landline) return problem('not_a_uk_mobile');
  if (SMS_DESTINATIONS[String(countryCode)] === undefined) return problem('unsupported_country_code');
  return describe(parsed);
}

export function isPhoneProblem(result: PhoneNumber | PhoneProblem): result is PhoneProblem {
  return 'error' in result;
}

/** The problem of a number that the service's own permissions rule out, as public API 6.4 words it. */
export function servicePhoneProblem(
  input: string,
  permissions: PhonePermissions,
): { error: 'BadRequestError' | 'InvalidPhoneError'; message: string } | undefined {
  const result = readPhoneNumber(input, permissions);
  if (!isPhoneProblem(result)) return undefined;
  const anywhere = checkPhoneNumber(input);
  if (
    result.error === 'not_a_uk_mobile' &&
    !isPhoneProblem(anywhere) &&
    anywhere.international &&
    !anywhere.crownDependency
  ) {
    return { error: 'BadRequestError', message: 'Cannot send to international mobile numbers' };
  }
  return { error: 'InvalidPhoneError', message: MESSAGES.not_a_uk_mobile.api };
}

/** The normalised form where the text reads as a phone number, else the text itself (sender ids, short codes). */
export function normaliseIfPhoneNumber(text: string): string {
  const result = checkPhoneNumber(text);
  return isPhoneProblem(result) ? text : result.normalised;
}

/** Whether the networks of a prefix report deliveries; receipts of others are ignored (public API 6.12). */
export function reportsDelivery(prefix: string): boolean {
  return SMS_DESTINATIONS[prefix]?.receipts === 'YES';
}

/** Whether messages to a prefix may carry a sender name in letters; else a number of ours is shown (6.7.7). */
export function showsSenderNames(prefix: string): boolean {
  return SMS_DESTINATIONS[prefix]?.alpha !== 'NO';
}

function problem(error: PhoneErrorCode): PhoneProblem {
  return { error, message: MESSAGES[error].api };
}

/** One message asks about its number several times; parsing takes some 50 µs. Nothing else depends on this memory. */
const recent = new Map<string, ParsedNumber | PhoneErrorCode>();
const MAX_RECENT = 500;

function parseWithRescue(input: string): ParsedNumber | PhoneErrorCode {
  const known = recent.get(input);
  if (known !== undefined) return known;
  const parsed = parseAnew(input);
  if (input.length > MAX_INPUT) return parsed;
  recent.set(input, parsed);
  const [oldest] = recent.keys();
  if (recent.size > MAX_RECENT && oldest !== undefined) recent.delete(oldest);
  return parsed;
}

/** A second go at what people mistype most: pluses and zeros in front, digits of other scripts. */
function parseAnew(input: string): ParsedNumber | PhoneErrorCode {
  const first = parse(input);
  if (typeof first !== 'string') return first;
  if (input.length > MAX_INPUT) return first;
  return parse(downgradeToAscii(input.replaceAll('+', '').replace(/^0+/, '')));
}

function parse(input: string): ParsedNumber | PhoneErrorCode {
  if (UNKNOWN_CHARACTER.test(input)) return 'unknown_character';
  if (input === '') return 'too_short';
  if (input.length > MAX_INPUT) return 'too_long';
  const national = parseOrUndefined(input, 'GB');
  if (national === undefined) return 'invalid_number';
  const { library, possible, acceptedTypes } = phoneLibrary();
  const reason = library.isPossibleNumberWithReason(national);
  const number = reason === possible.IS_POSSIBLE ? national : parseAsInternational(input);
  if (number === undefined) return reasonCode(reason);
  const accepted = library.isValidNumber(number) && acceptedTypes.has(library.getNumberType(number));
  return accepted || isDramaNumber(number) ? number : 'invalid_number';
}

function parseAsInternational(input: string): ParsedNumber | undefined {
  const number = parseOrUndefined(`+${input}`, undefined);
  const { library, possible } = phoneLibrary();
  return number && library.isPossibleNumberWithReason(number) === possible.IS_POSSIBLE ? number : undefined;
}

function parseOrUndefined(input: string, region: string | undefined): ParsedNumber | undefined {
  try {
    return phoneLibrary().library.parse(input, region);
  } catch {
    // The library throws on what it cannot read, which is an outcome here.
    return undefined;
  }
}

function reasonCode(reason: number): PhoneErrorCode {
  const { possible } = phoneLibrary();
  if (reason === possible.TOO_LONG) return 'too_long';
  if (reason === possible.TOO_SHORT || reason === possible.IS_POSSIBLE_LOCAL_ONLY) return 'too_short';
  if (reason === possible.INVALID_COUNTRY_CODE) return 'unsupported_country_code';
  return 'invalid_number';
}

/** Ofcom's numbers for drama, which are not valid yet must work in tests; judged in any country, as the original does. */
function isDramaNumber(number: ParsedNumber): boolean {
  return /^7700\d/.test(String(number.getNationalNumberOrDefault()));
}

function describe(number: ParsedNumber): PhoneNumber {
  const countryCode = number.getCountryCodeOrDefault();
  const { library, formats } = phoneLibrary();
  const normalised = library.format(number, formats.E164).slice(1);
  const outsideUk = !isDramaNumber(number) && library.getRegionCodeForNumber(number) !== 'GB';
  const fourDigits = normalised.slice(0, 4);
  const prefix =
    countryCode === 1 && SMS_DESTINATIONS[fourDigits] !== undefined ? fourDigits : String(countryCode);
  return {
    normalised,
    countryCode,
    international: outsideUk,
    crownDependency: outsideUk && countryCode === 44,
    prefix,
    rateMultiplier: outsideUk ? (SMS_DESTINATIONS[prefix]?.rateMultiplier ?? 1) : 1,
    countsAsInternational: countryCode !== 44,
  };
}
