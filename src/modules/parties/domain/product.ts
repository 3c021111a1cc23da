import { PartiesError } from '../errors.ts';

/** A connecting IT system. `odsCode` and `productTeamId` are copied from the team when it is made. */
export interface Product {
  id: string;
  cpmProductTeamId: string;
  productTeamId: string | null;
  name: string;
  odsCode: string;
  createdOn: string;
}

const PRINTABLE_ASCII = /^[ -~]+$/;

/** Spec section 6.2: printable ASCII, spaces kept as they are. Throws the 400 of D4. */
export function checkProductName(name: string): void {
  if (!PRINTABLE_ASCII.test(name)) {
    throw PartiesError.invalid('CpmProduct.name: string does not match regex "^[ -~]+$"');
  }
}
