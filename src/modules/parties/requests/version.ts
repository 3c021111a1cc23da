import { WHITE_SPACE } from '../domain/text.ts';
import { PartiesError, unsupportedVersion } from '../errors.ts';

// int() of the original trims white space.
const INTEGER = new RegExp(`^[${WHITE_SPACE}]*([+-]?)([0-9]+)[${WHITE_SPACE}]*$`);

/** The integer of the header `version` (spec section 3.3). Throws the 400 of a header that has none. */
export function readVersion(header: string | string[] | undefined): bigint {
  if (header === undefined) {
    throw PartiesError.of('MISSING_VALUE', 'Event.headers.version: field required');
  }
  const text = Array.isArray(header) ? header.join(', ') : header;
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) {
    throw PartiesError.invalid('Event.headers.version: value is not a valid integer');
  }
  return sign === '-' ? -BigInt(digits) : BigInt(digits);
}

/** The largest implemented version that is not above the requested one. `implemented` ascends. Throws the 403 of none. */
export function selectVersion(requested: bigint, implemented: readonly number[]): number {
  const version = implemented.findLast((candidate) => BigInt(candidate) <= requested);
  if (version === undefined) throw unsupportedVersion(requested);
  return version;
}
