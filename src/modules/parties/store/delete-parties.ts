import { type Database, type Handle, sqlState } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import { productDeleted, teamDeleted } from '../domain/domain-events.ts';
import { aliasOf } from '../domain/product-team.ts';
import { isStorable } from '../domain/text.ts';
import { productNotFound, teamHasProducts, teamNotFound } from '../errors.ts';
import { type ChangeOrigin, recordChanges } from './change.ts';
import { deactivateProduct, selectActiveProductIds } from './product-queries.ts';
import { deactivateTeam, lockTeam, lockTeamForDeletion } from './team-queries.ts';

export interface Deletion {
  /** The team as the caller named it. */
  team: string;
  deletedOn: string;
  origin: ChangeOrigin;
}

const RETRIED = new Set(['40001', '40P01']);
const MAX_RETRIES = 3;

/** Deletes a team that has no active products, and returns its generated id (spec section 6.8). */
export function deleteTeam(db: Database, register: ModuleRegister, deletion: Deletion): Promise<string> {
  return inTransaction(db, async (trx) => {
    const team = await lockTeamForDeletion(trx, deletion.team);
    if (!team) throw teamNotFound(deletion.team);
    // A statement of its own, so that it sees products committed before the lock was granted.
    const productIds = await selectActiveProductIds(trx, team.id);
    if (productIds.length > 0) throw teamHasProducts(productIds);
    const { deletedOn, origin } = deletion;
    await deactivateTeam(trx, {
      id: team.id,
      alias: aliasOf(team),
      deletedOn,
      retiredAtMs: Date.parse(deletedOn),
    });
    const { id, name, ods_code: odsCode, created_on: createdOn, keys } = team;
    const event = teamDeleted({ id, name, odsCode, createdOn, keys }, deletedOn);
    await recordChanges(trx, register, [{ event, origin }]);
    return id;
  });
}

/** Deletes a product of a team, and returns its id. */
export function deleteProduct(
  db: Database,
  register: ModuleRegister,
  deletion: Deletion & { productId: string },
): Promise<string> {
  return inTransaction(db, async (trx) => {
    const team = await lockTeam(trx, deletion.team);
    if (!team) throw teamNotFound(deletion.team);
    const { productId, deletedOn, origin } = deletion;
    const product = isStorable(productId)
      ? await deactivateProduct(trx, { id: productId, teamId: team.id, deletedOn })
      : undefined;
    if (!product) throw productNotFound(team.id, productId);
    const event = productDeleted(
      {
        id: product.id,
        cpmProductTeamId: product.cpm_product_team_id,
        productTeamId: product.product_team_id,
        name: product.name,
        odsCode: product.ods_code,
        createdOn: product.created_on,
      },
      deletedOn,
    );
    await recordChanges(trx, register, [{ event, origin }]);
    return product.id;
  });
}

/** Two transactions that met are run again: nothing is wrong with the request (spec section 4.4). */
async function inTransaction<T>(db: Database, work: (trx: Handle) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await db.kysely.transaction().execute(work);
    } catch (error) {
      if (attempt >= MAX_RETRIES || !RETRIED.has(sqlState(error) ?? '')) throw error;
    }
  }
}
