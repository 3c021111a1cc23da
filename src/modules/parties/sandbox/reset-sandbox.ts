import type { PartiesContext } from '../context.ts';
import { timestampNow } from '../domain/timestamp.ts';
import { insertProductCreations } from '../store/create-products.ts';
import { insertTeamCreations } from '../store/create-teams.ts';
import { deleteAllParties, lockReset } from './sandbox-queries.ts';

const ORIGIN = { application: 'sandbox', correlationId: null };

/** What a sandbox holds after a reset; ids stay the same, so that examples can name them. */
export const SANDBOX_TEAMS = [
  {
    id: '359e28eb-6e2c-409c-a3ab-a4868ab5c2df',
    name: 'Sandbox Team With Alias',
    odsCode: 'F5H1R',
    keys: [{ key_type: 'product_team_id' as const, key_value: '8babe222-5c78-42c6-8aa6-a3c69943030a' }],
  },
  { id: 'b9d6b3d0-2d0b-4bd3-8a0c-5d1bb2a1d0a7', name: 'Sandbox Team', odsCode: 'F5H1R', keys: [] },
];
export const SANDBOX_PRODUCTS = [
  { id: 'P.AAC-D3E', team: '359e28eb-6e2c-409c-a3ab-a4868ab5c2df', name: 'Sandbox Product One' },
  { id: 'P.AAC-D4E', team: '359e28eb-6e2c-409c-a3ab-a4868ab5c2df', name: 'Sandbox Product Two' },
];

/** Puts the sandbox back to what it was made with (spec section 7.4). Readers see the old data or the new. */
export async function resetSandbox(ctx: Pick<PartiesContext, 'db' | 'register' | 'clock'>): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await lockReset(trx);
    await deleteAllParties(trx);
    const createdOn = timestampNow(ctx.clock);
    await insertTeamCreations(
      trx,
      ctx.register,
      SANDBOX_TEAMS.map((team) => ({ team: { ...team, createdOn }, origin: ORIGIN })),
    );
    await insertProductCreations(
      trx,
      ctx.register,
      SANDBOX_PRODUCTS.map((product) => ({ ...product, createdOn, origin: ORIGIN })),
    );
  });
}
