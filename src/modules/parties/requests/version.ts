import { WHITE_SPACE } from '../domain/text.ts';
import { PartiesError, unsupportedVersion } from '../errors.ts';

// int() of the original trims white space.
const INTEGER = new RegExp(`^[${WHITE_SPACE}]*([+-]?)([0-9]+)[${WHITE_SPACE}]*$`);

/**
 * The version that answers a request: the largest implemented one that is not above the requested one (spec section
 * 3.3). `implemented` ascends. Throws the 400 or 403 of a header that selects none.
 */
export function selectVersion(header: string | string[] | undefined, implemented: readonly number[]): number {
  if (header === undefined) {
    throw PartiesError.of('MISSING_VALUE', 'Event.headers.version: field required');
  }
  const text = Array.isArray(header) ? header.join(', ') : header;
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) {
    throw PartiesError.invalid('Event.headers.version: value is not a valid integer');
  }
  const requested = sign === '-' ? -BigInt(digits) : BigInt(digits);
  const version = implemented.findLast((candidate) => BigInt(candidate) <= requested);
  if (version === undefined) throw unsupportedVersion(requested);
  return version;
}
