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

/** Spec section 6.2: what a product's name consists of; spaces are kept as they are. */
export function isPrintableAscii(name: string): boolean {
  return PRINTABLE_ASCII.test(name);
}

/** The 400 of D4. */
export const invalidProductName = () =>
  PartiesError.invalid('CpmProduct.name: string does not match regex "^[ -~]+$"');
