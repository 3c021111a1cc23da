import { createGroupCommit, type Database, type GroupCommit, type Handle } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import { productCreated } from '../domain/domain-events.ts';
import { newProductId } from '../domain/identifiers.ts';
import { checkProductName, type Product } from '../domain/product.ts';
import { PartiesError } from '../errors.ts';
import { productBody } from '../responses/bodies.ts';
import { type ChangeOrigin, type RecordedChange, recordChanges } from './change.ts';
import { insertProducts } from './product-queries.ts';
import { type LockedTeam, lockTeamsShared } from './team-queries.ts';

export interface ProductCreation {
  /** The team as the caller named it. */
  team: string;
  name: string;
  createdOn: string;
  origin: ChangeOrigin;
  /** An id of the caller's own, which an import brings; drawn when absent. */
  id?: string;
  outcome?:
    | { kind: 'created'; id: string; body: string }
    | { kind: 'team_not_found' }
    | { kind: 'invalid'; error: PartiesError }
    | { kind: 'id_taken' };
}

const LARGEST_GROUP = 200;
/** Draws for one product before its creation fails: spec section 4.4. */
const MAX_DRAWS = 10;

export interface ProductWriting {
  register: ModuleRegister;
  drawId: () => string;
  onRedraw: (count: number) => void;
}

export function createProductIntake(db: Database, writing: ProductWriting): GroupCommit<ProductCreation> {
  return createGroupCommit<ProductCreation>({
    db,
    maxItems: LARGEST_GROUP,
    commit: (handle, items) => insertProductCreations(handle, writing, items),
  });
}

export const drawProductId = newProductId;

/** Writes products on the caller's transaction, their teams held against deletion, and sets the outcome of each. */
export async function insertProductCreations(
  handle: Handle,
  writing: ProductWriting,
  items: ProductCreation[],
): Promise<void> {
  const teams = await lockTeamsShared(handle, [...new Set(items.map((item) => item.team))]);
  const teamByName = new Map(teams.map((team) => [team.given, team]));
  const changes: RecordedChange[] = [];
  let open = items.filter((item) => prepare(item, teamByName));
  for (let draw = 0; open.length > 0 && draw < MAX_DRAWS; draw += 1) {
    if (draw > 0) writing.onRedraw(open.length);
    const left: ProductCreation[] = [];
    for (const turn of withDistinctIds(open, writing.drawId)) {
      left.push(...(await insertTurn(handle, turn, teamByName, changes)));
    }
    open = left.filter((item) => item.id === undefined);
  }
  await recordChanges(handle, writing.register, changes);
}

/** False when the outcome is known already: no such team, or a name the domain refuses. */
function prepare(item: ProductCreation, teams: Map<string, LockedTeam>): boolean {
  // A group that failed is written again in halves: what the first attempt said does not hold.
  item.outcome = { kind: 'id_taken' };
  if (!teams.has(item.team)) {
    item.outcome = { kind: 'team_not_found' };
    return false;
  }
  try {
    checkProductName(item.name);
    return true;
  } catch (error) {
    if (!(error instanceof PartiesError)) throw error;
    item.outcome = { kind: 'invalid', error };
    return false;
  }
}

/** Gives each an id. Two of one call with the same id take turns, so that exactly one of them is inserted. */
function withDistinctIds(items: ProductCreation[], drawId: () => string): Map<string, ProductCreation>[] {
  const turns: Map<string, ProductCreation>[] = [];
  for (const item of items) {
    const id = item.id ?? drawId();
    let turn = turns.find((candidate) => !candidate.has(id));
    if (!turn) {
      turn = new Map();
      turns.push(turn);
    }
    turn.set(id, item);
  }
  return turns;
}

/** Returns those whose id was taken. */
async function insertTurn(
  handle: Handle,
  turn: Map<string, ProductCreation>,
  teams: Map<string, LockedTeam>,
  changes: RecordedChange[],
): Promise<ProductCreation[]> {
  const products = new Map<string, Product>();
  for (const [id, item] of turn) {
    const team = teams.get(item.team);
    if (team) products.set(id, productOf(id, item, team));
  }
  const bodies = new Map([...products].map(([id, product]) => [id, productBody(product)]));
  const inserted = await insertProducts(
    handle,
    [...products].map(([id, product]) => ({
      id,
      cpm_product_team_id: product.cpmProductTeamId,
      product_team_id: product.productTeamId,
      name: product.name,
      ods_code: product.odsCode,
      created_on: product.createdOn,
      body: bodies.get(id) ?? '',
    })),
  );
  for (const id of inserted) {
    const [item, product] = [turn.get(id), products.get(id)];
    if (!item || !product) continue;
    item.outcome = { kind: 'created', id, body: bodies.get(id) ?? '' };
    changes.push({ event: productCreated(product), origin: item.origin });
    turn.delete(id);
  }
  return [...turn.values()];
}

function productOf(id: string, item: ProductCreation, team: LockedTeam): Product {
  return {
    id,
    cpmProductTeamId: team.id,
    productTeamId: team.alias,
    name: item.name,
    odsCode: team.ods_code,
    createdOn: item.createdOn,
  };
}
