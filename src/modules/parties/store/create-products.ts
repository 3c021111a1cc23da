import { createGroupCommit, type Database, type GroupCommit } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import { isPrintableAscii } from '../domain/product.ts';
import { productBodyParts } from '../responses/bodies.ts';
import type { ChangeOrigin } from './change.ts';
import type { StatementTarget } from './named-statement.ts';
import { insertProducts, type NewProductRow } from './product-queries.ts';

export interface ProductCreation {
  id: string;
  /** The team as the caller named it. */
  team: string;
  name: string;
  createdOn: string;
  origin: ChangeOrigin;
  outcome?:
    | { kind: 'created'; body: string }
    | { kind: 'team_not_found' }
    | { kind: 'invalid_name' }
    /** Reserved, or some product has or had it. */
    | { kind: 'id_taken' };
}

/** Most products of one statement. */
const LARGEST_GROUP = 200;

/** Products that are created at about the same time share a statement; each is answered after its own commit. */
export function createProductIntake(db: Database, register: ModuleRegister): GroupCommit<ProductCreation> {
  return createGroupCommit<ProductCreation>({
    db,
    maxItems: LARGEST_GROUP,
    isOneStatement: true,
    commit: (_handle, items) => insertProductCreations(db, register, items),
  });
}

/** Writes products, their teams held against deletion, and sets the outcome of each. */
export async function insertProductCreations(
  target: StatementTarget,
  register: ModuleRegister,
  items: ProductCreation[],
): Promise<void> {
  const first = new Map<string, ProductCreation>();
  for (const item of items) {
    // Of two with the same id in one call, one has it.
    if (first.has(item.id)) item.outcome = { kind: 'id_taken' };
    else first.set(item.id, item);
  }
  const results = await insertProducts(target, register, [...first.values()].map(toRow));
  for (const { id, has_team: hasTeam, body } of results) {
    const item = first.get(id);
    if (!item) continue;
    if (body !== null) item.outcome = { kind: 'created', body };
    else if (!hasTeam) item.outcome = { kind: 'team_not_found' };
    else item.outcome = { kind: isPrintableAscii(item.name) ? 'id_taken' : 'invalid_name' };
  }
}

function toRow({ id, team, name, createdOn, origin }: ProductCreation): NewProductRow {
  const parts = productBodyParts({ id, name, createdOn });
  return {
    id,
    given: team,
    name,
    created_on: createdOn,
    is_valid: isPrintableAscii(name),
    before_team: parts.beforeTeam,
    before_alias: parts.beforeAlias,
    before_ods_code: parts.beforeOdsCode,
    before_keys: parts.beforeKeys,
    ending: parts.end,
    application: origin.application,
    correlation_id: origin.correlationId,
  };
}
