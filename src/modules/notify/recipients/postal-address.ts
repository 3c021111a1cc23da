import { pythonText } from '../templates/personalisation.ts';
import { splitLines, withPlainSpaces } from './invisible-characters.ts';
import { findCountry, type PostageZone, UNITED_KINGDOM } from './postal-country.ts';
import { POSTCODE_ZONES } from './postcode-zones-data.ts';

export const POSTAGES = ['first', 'second', 'economy', 'europe', 'rest-of-world'] as const;
export type Postage = (typeof POSTAGES)[number];

/** An address as it is printed on the letter (public API 6.6.2). */
export interface PostalAddress {
  readonly normalisedLines: readonly string[];
  /** As printed, `SW1A 1AA`; null when the last line is none. */
  readonly postcode: string | null;
  readonly country: string;
  readonly zone: PostageZone;
  /** Number of the British Forces Post Office. */
  readonly bfpoNumber: number | null;
  /** Goes abroad, which needs the permission and sets the postage. */
  readonly international: boolean;
}

export const ADDRESS_ERRORS = [
  'address-is-empty',
  'not-enough-address-lines',
  'too-many-address-lines',
  'invalid-address-line-1-or-2',
  'has-country-for-bfpo-address',
  'not-a-real-uk-postcode-or-country',
  'cant-send-international-letters',
  'not-a-real-uk-postcode',
  'invalid-char-in-address',
  'no-fixed-abode-address',
] as const;
export type AddressErrorCode = (typeof ADDRESS_ERRORS)[number];

export interface AddressProblem {
  /** As precompiled letters keep it (public API 6.6.5). */
  readonly code: AddressErrorCode;
  /** As the API says it for templated letters (6.6.3). */
  readonly message: string;
}

/** Longer addresses are refused for their number of lines; a cap keeps the work small. */
const MAX_CHARACTERS = 100_000;
const BFPO = /^bfpo ?(?:c\/o)?(?: ?(\d+))?$/;
const BAD_START = /^[@()=[\]"\\/,<>~]/;
const POSTCODE = new RegExp(`^(?:${POSTCODE_ZONES.join('|')})[0-9][0-9A-Z]?[0-9][A-BD-HJLNP-UW-Z]{2}$`);

/** The address in a request's personalisation, by its exact keys (public API 6.6.1). */
export function addressFromPersonalisation(personalisation: Readonly<Record<string, unknown>>): string {
  const withSeventh = Object.hasOwn(personalisation, 'address_line_7');
  const keys = [1, 2, 3, 4, 5, 6].map((line) => `address_line_${line}`);
  keys.push(withSeventh ? 'address_line_7' : 'postcode');
  return keys
    .map((key) => (Object.hasOwn(personalisation, key) ? personalisation[key] : ''))
    .map((value) => (isFalsy(value) ? '' : pythonText(value)))
    .join('\n');
}

/** What Python takes for false: the original leaves such lines empty. */
function isFalsy(value: unknown): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Normalises what somebody typed as an address. Never throws. */
export function readPostalAddress(raw: string): PostalAddress {
  const typed = cleanLines(raw.slice(0, MAX_CHARACTERS));
  const { lines: withoutBfpo, number: bfpoNumber } = takeBfpo(typed);
  const { lines, country, zone } = takeCountry(withoutBfpo);
  const postcode = formatPostcode(lines.at(-1) ?? '');
  const abroad = zone !== 'united-kingdom';
  const printed = postcode === null ? [...lines] : [...lines.slice(0, -1), postcode];
  const normalisedLines = abroad && bfpoNumber === null ? [...lines] : printed;
  if (bfpoNumber !== null) normalisedLines.push(`BFPO ${bfpoNumber}`);
  if (abroad) normalisedLines.push(country);
  return { normalisedLines, postcode, country, zone, bfpoNumber, international: abroad };
}

/** The first rule of public API 6.6.3 the address breaks. */
export function findAddressProblem(
  address: PostalAddress,
  options: { internationalLetters: boolean },
): AddressProblem | undefined {
  const { normalisedLines: lines } = address;
  if (lines.length === 0) return { code: 'address-is-empty', message: 'Address must be at least 3 lines' };
  if (lines.length < 3) {
    return { code: 'not-enough-address-lines', message: 'Address must be at least 3 lines' };
  }
  if (lines.length > 7) {
    return { code: 'too-many-address-lines', message: 'Address must be no more than 7 lines' };
  }
  if (!lines.slice(0, 2).every((line) => /[a-zA-Z0-9]/.test(line))) {
    return {
      code: 'invalid-address-line-1-or-2',
      message: 'The first 2 lines of the address must both include at least one alphanumeric character',
    };
  }
  if (address.bfpoNumber !== null && address.international) {
    return {
      code: 'has-country-for-bfpo-address',
      message: 'The last line of a BFPO address must not be a country.',
    };
  }
  return findLastLineProblem(address, options.internationalLetters) ?? findCharacterProblem(lines);
}

/** A foreign address sets the postage by its zone, whatever the template says. */
export function postageFor(address: PostalAddress, chosen: Postage): Postage {
  return address.zone === 'united-kingdom' ? chosen : address.zone;
}

/** A real UK postcode as it is printed, or null. */
export function formatPostcode(line: string): string | null {
  const compact = line.slice(0, 40).replace(/\s+/g, '').toUpperCase();
  return POSTCODE.test(compact) ? `${compact.slice(0, -3)} ${compact.slice(-3)}` : null;
}

function findLastLineProblem(
  address: PostalAddress,
  internationalLetters: boolean,
): AddressProblem | undefined {
  if (address.bfpoNumber !== null || address.postcode !== null) {
    if (!address.international) return undefined;
  }
  if (internationalLetters) {
    if (address.international) return undefined;
    return {
      code: 'not-a-real-uk-postcode-or-country',
      message: 'Last line of address must be a real UK postcode or another country',
    };
  }
  return {
    code: address.international ? 'cant-send-international-letters' : 'not-a-real-uk-postcode',
    message: 'Must be a real UK postcode',
  };
}

function findCharacterProblem(lines: readonly string[]): AddressProblem | undefined {
  if (lines.some((line) => BAD_START.test(line))) {
    return {
      code: 'invalid-char-in-address',
      message: 'Address lines must not start with any of the following characters: @ ( ) = [ ] ” \\ / , < >',
    };
  }
  const homeless = lines.some((line) => line.toLowerCase() === 'nfa');
  if (homeless || /no fixed (?:abode|address)/i.test(lines.join('\n'))) {
    return { code: 'no-fixed-abode-address', message: 'Must be a real address' };
  }
  return undefined;
}

function cleanLines(raw: string): string[] {
  return splitLines(raw)
    .map(cleanLine)
    .filter((line) => line !== '');
}

function cleanLine(line: string): string {
  const spaced = withPlainSpaces(line).replace(/\s+/g, ' ').trim();
  let end = spaced.length;
  while (end > 0 && ' ,'.includes(spaced.charAt(end - 1))) end -= 1;
  // Single spaces remain by now, so each match is short.
  return spaced.slice(0, end).replace(/ (?=[,.])/g, '');
}

function takeBfpo(lines: readonly string[]): { lines: readonly string[]; number: number | null } {
  const matches = lines.map((line) => BFPO.exec(line.toLowerCase()));
  const digits = matches.find((match) => match?.[1] !== undefined)?.[1];
  if (digits === undefined) return { lines, number: null };
  return { lines: lines.filter((_, index) => !matches[index]), number: Number(digits) };
}

function takeCountry(lines: readonly string[]): {
  lines: readonly string[];
  country: string;
  zone: PostageZone;
} {
  const last = findCountry(lines.at(-1) ?? '');
  if (last === undefined) return { lines, country: UNITED_KINGDOM, zone: 'united-kingdom' };
  let kept = lines.length;
  while (kept > 0 && findCountry(lines[kept - 1] ?? '')?.name === UNITED_KINGDOM) kept -= 1;
  return { lines: lines.slice(0, Math.min(kept, lines.length - 1)), country: last.name, zone: last.zone };
}
