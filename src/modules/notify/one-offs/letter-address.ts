import {
  addressFromPersonalisation,
  type PostalAddress,
  readPostalAddress,
} from '../recipients/postal-address.ts';
import { comparableName } from '../templates/personalisation.ts';

const KEYS = new Map(
  [...[1, 2, 3, 4, 5, 6, 7].map((line) => `address_line_${line}`), 'postcode'].map((key) => [
    comparableName(key),
    key,
  ]),
);

/** The address in what people filled in; its names may be spelt as in a spreadsheet (internals section 6.2). */
export function letterAddress(personalisation: Readonly<Record<string, unknown>>): PostalAddress {
  const lines = Object.entries(personalisation).flatMap(([name, value]) => {
    const key = KEYS.get(comparableName(name));
    return key === undefined ? [] : [[key, value] as const];
  });
  return readPostalAddress(addressFromPersonalisation(Object.fromEntries(lines)));
}
