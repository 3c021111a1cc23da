import type { Product } from '../domain/product.ts';
import type { ProductTeam } from '../domain/product-team.ts';
import type { ErrorItem } from '../errors.ts';
import { jsonText, jsonTextOrNull } from './json-text.ts';

// Every body of the contract, exact to the byte: separators are `, ` and `: `, and members stand in the order of spec
// section 3.5. Written out rather than serialised, so that a change of bytes is a change of this file.

/** Answer to creating or reading a team. Only active teams are ever answered. */
export function teamBody(team: ProductTeam): string {
  const keys = team.keys
    .map((key) => `{"key_type": "${key.key_type}", "key_value": ${jsonText(key.key_value)}}`)
    .join(', ');
  return (
    `{"id": "${team.id}", "name": ${jsonText(team.name)}, "ods_code": ${jsonText(team.odsCode)}, ` +
    `"status": "active", "created_on": "${team.createdOn}", "updated_on": null, "deleted_on": null, ` +
    `"keys": [${keys}]}`
  );
}

/** Answer to creating or reading a product, and its place in a search. */
export function productBody(product: Product): string {
  const parts = productBodyParts(product);
  return (
    parts.beforeTeam +
    product.cpmProductTeamId +
    parts.beforeAlias +
    jsonTextOrNull(product.productTeamId) +
    parts.beforeOdsCode +
    product.odsCode +
    parts.beforeKeys +
    parts.end
  );
}

/**
 * The body in pieces around what comes from the team, for the statement that reads the team and writes the product in
 * one go. Ids, UUIDs and ODS codes need no escaping. `end` is all that tells the body from the event's payload.
 */
export function productBodyParts(product: Pick<Product, 'id' | 'name' | 'createdOn'>) {
  return {
    beforeTeam: `{"id": "${product.id}", "cpm_product_team_id": "`,
    beforeAlias: '", "product_team_id": ',
    beforeOdsCode: `, "name": ${jsonText(product.name)}, "ods_code": "`,
    beforeKeys: `", "status": "active", "created_on": "${product.createdOn}", "updated_on": null, "deleted_on": null`,
    end: ', "keys": []}',
  };
}

export function deletedBody(id: string): string {
  return `{"code": "RESOURCE_DELETED", "message": ${jsonText(`${id} has been deleted.`)}}`;
}

export const statusBody = '{"code": "OK", "message": "Transaction successful"}';

export function errorBody(items: ErrorItem[]): string {
  const texts = items.map(({ code, message }) => `{"code": "${code}", "message": ${jsonText(message)}}`);
  return `{"errors": [${texts.join(', ')}]}`;
}

/** The gateway's form has no spaces: spec section 3.8. */
export function gatewayBody(message: string): string {
  return `{"errors":[{"code":"PROCESSING","message":${jsonText(message)}}]}`;
}

/** The products of one team in a search; `products` are bodies already joined by `, `. */
export interface TeamResult {
  odsCode: string;
  cpmProductTeamId: string;
  productTeamId: string | null;
  products: string;
}

/** `teams` come ordered by organisation, then generated id: spec section 6.7. */
export function searchBody(teams: TeamResult[]): string {
  const organisations = new Map<string, string[]>();
  for (const team of teams) {
    const text =
      `{"product_team_id": ${jsonTextOrNull(team.productTeamId)}, ` +
      `"cpm_product_team_id": ${jsonText(team.cpmProductTeamId)}, "products": [${team.products}]}`;
    const texts = organisations.get(team.odsCode);
    if (texts) texts.push(text);
    else organisations.set(team.odsCode, [text]);
  }
  const results = [...organisations].map(
    ([odsCode, texts]) => `{"org_code": ${jsonText(odsCode)}, "product_teams": [${texts.join(', ')}]}`,
  );
  return `{"results": [${results.join(', ')}]}`;
}
