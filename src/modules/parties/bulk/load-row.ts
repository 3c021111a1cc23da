import type { SourceRow } from '#platform/files';
import { checkOdsCode, checkTeamName, type ProductTeamKey } from '../domain/product-team.ts';
import { isStorable } from '../domain/text.ts';
import { type ErrorItem, PartiesError } from '../errors.ts';
import { readCreateProduct } from '../requests/create-product.ts';
import { readCreateProductTeam } from '../requests/create-product-team.ts';
import { spellNumbers } from '../requests/request-object.ts';

/** A record that asks for a team or a product, or what is wrong with it. */
export type LoadRow =
  | { line: number; kind: 'product_team'; odsCode: string; name: string; keys: ProductTeamKey[] }
  | { line: number; kind: 'product'; team: string; name: string }
  | { line: number; kind: 'refused'; type: string | undefined; errors: ErrorItem[] };

/**
 * Reads a record by the rules of the interface. A team has `type` product_team, `ods_code`, `name` and its alias as
 * `product_team_id` or in `keys`; a product has `type` product, `name` and its team's id or alias as `team`.
 */
export function readLoadRow({ line, fields }: SourceRow): LoadRow {
  const { type, ...rest } = fields ?? {};
  try {
    if (fields === undefined) throw PartiesError.invalid('The record cannot be read');
    if (type === 'product_team') return readTeam(line, rest);
    if (type === 'product') return readProduct(line, rest);
    throw PartiesError.invalid("type: must be 'product_team' or 'product'");
  } catch (error) {
    if (!(error instanceof PartiesError)) throw error;
    return { line, kind: 'refused', type: typeof type === 'string' ? type : undefined, errors: error.items };
  }
}

function readTeam(line: number, fields: Record<string, unknown>): LoadRow {
  const { product_team_id: alias, ...rest } = fields;
  const keys = alias === undefined ? {} : { keys: [{ key_type: 'product_team_id', key_value: alias }] };
  const team = readCreateProductTeam(spellNumbers({ ...rest, ...keys }));
  checkTeamName(team.name);
  return { line, kind: 'product_team', ...team };
}

function readProduct(line: number, fields: Record<string, unknown>): LoadRow {
  const { team, ...rest } = fields;
  if (typeof team !== 'string' || team === '') throw PartiesError.of('MISSING_VALUE', 'team: field required');
  const { name } = readCreateProduct(spellNumbers(rest));
  if (!isStorable(team) || !isStorable(name))
    throw PartiesError.invalid('The record holds U+0000 or half a character');
  return { line, kind: 'product', team, name };
}

/** The domain's rule for a code, which comes after the directory's answer. */
export function odsCodeProblem(odsCode: string): ErrorItem[] | undefined {
  try {
    checkOdsCode(odsCode);
    return undefined;
  } catch (error) {
    if (!(error instanceof PartiesError)) throw error;
    return error.items;
  }
}
