import { PartiesError } from '../errors.ts';
import { isStorable, WHITE_SPACE } from './text.ts';

export interface ProductTeamKey {
  key_type: 'product_team_id';
  key_value: string;
}

/** Owner of products. `id` is generated; the alias is the identifier the caller brought. */
export interface ProductTeam {
  id: string;
  name: string;
  odsCode: string;
  /** Microseconds, in the form of the wire. */
  createdOn: string;
  keys: ProductTeamKey[];
}

/** The identifier the caller gave the team, if any: the first key of type `product_team_id`. */
export function aliasOf(team: Pick<ProductTeam, 'keys'>): string | null {
  return team.keys.find((key) => key.key_type === 'product_team_id')?.key_value ?? null;
}

const ODS_CODE = /^[a-zA-Z0-9]{1,9}$/;
// Words between single spaces.
const WORDS = new RegExp(`^[^${WHITE_SPACE}]+(?: [^${WHITE_SPACE}]+)*$`, 'u');

/** Spec section 6.2: the rules an ODS code meets after the directory has confirmed it. Throws the 400 of D4. */
export function checkOdsCode(odsCode: string): void {
  if (!ODS_CODE.test(odsCode)) {
    throw PartiesError.invalid(
      'OdsOrganisation.ods_code: string does not match regex "^([a-zA-Z0-9]{1,9})$"',
    );
  }
}

/** Spec section 6.2: words separated by single spaces, of characters that can be stored. Throws the 400 of D4. */
export function checkTeamName(name: string): void {
  if (!WORDS.test(name) || !isStorable(name)) {
    throw PartiesError.invalid('ProductTeam.name: string does not match regex "^\\S+( \\S+)*$"');
  }
}
