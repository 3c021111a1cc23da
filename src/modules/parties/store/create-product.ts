import type { PartiesContext } from '../context.ts';
import { invalidProductName } from '../domain/product.ts';
import { isStorable } from '../domain/text.ts';
import { timestampNow } from '../domain/timestamp.ts';
import { teamNotFound, unexpected } from '../errors.ts';
import type { ChangeOrigin } from './change.ts';
import type { ProductCreation } from './create-products.ts';

type CreationContext = Pick<PartiesContext, 'clock' | 'metrics' | 'productIntake' | 'drawProductId'>;

/** Draws for one product before its creation fails: spec section 4.4. */
const MAX_DRAWS = 10;

/**
 * Creates a product of a team, by whichever identifier the team was named, and returns its body once it is durable.
 * Throws the 404 of the team, the 400 of a name the domain refuses, and fails when ten ids were taken.
 */
export async function createProduct(
  ctx: CreationContext,
  wanted: { team: string; name: string },
  origin: ChangeOrigin,
): Promise<string> {
  const { team } = wanted;
  if (!isStorable(team)) throw teamNotFound(team);
  // A name with what cannot be stored never reaches the database, and still comes after the look-up of its team.
  const name = isStorable(wanted.name) ? wanted.name : '\u007f';
  for (let draw = 1; draw <= MAX_DRAWS; draw += 1) {
    const creation: ProductCreation = {
      id: ctx.drawProductId(),
      team,
      name,
      createdOn: timestampNow(ctx.clock),
      origin,
    };
    await ctx.productIntake.add(creation);
    const { outcome } = creation;
    if (outcome?.kind === 'created') return outcome.body;
    if (outcome?.kind === 'team_not_found') throw teamNotFound(team);
    if (outcome?.kind === 'invalid_name') throw invalidProductName();
    ctx.metrics.idRedraws.inc();
  }
  throw unexpected(new Error(`${MAX_DRAWS} product ids in a row were taken`));
}
