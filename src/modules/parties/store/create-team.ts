import type { PartiesContext } from '../context.ts';
import { newTeamId } from '../domain/identifiers.ts';
import { checkOdsCode, checkTeamName, type ProductTeam } from '../domain/product-team.ts';
import { timestampNow } from '../domain/timestamp.ts';
import { itemExists } from '../errors.ts';
import type { ChangeOrigin } from './change.ts';
import { isTakenId, type TeamCreation } from './create-teams.ts';

type Wanted = Pick<ProductTeam, 'odsCode' | 'name' | 'keys'>;
type CreationContext = Pick<PartiesContext, 'clock' | 'metrics' | 'teamIntake'>;

const MAX_DRAWS = 10;

/** Checks a team whose ODS code the directory knows against the domain's rules. Throws the 400s of D4. */
export function checkTeam(wanted: Wanted): void {
  checkOdsCode(wanted.odsCode);
  checkTeamName(wanted.name);
}

/**
 * Writes a team that meets the rules and returns its body once it is durable. Throws `Item already exists` when the
 * alias is in use.
 */
export async function saveTeam(ctx: CreationContext, wanted: Wanted, origin: ChangeOrigin): Promise<string> {
  const outcome = await drawAndCreate(ctx, wanted, origin);
  if (outcome?.created) return outcome.body;
  ctx.metrics.existingItems.inc();
  throw itemExists();
}

async function drawAndCreate(
  ctx: CreationContext,
  wanted: Wanted,
  origin: ChangeOrigin,
): Promise<TeamCreation['outcome']> {
  for (let draw = 1; ; draw += 1) {
    const creation: TeamCreation = {
      team: { ...wanted, id: newTeamId(), createdOn: timestampNow(ctx.clock) },
      origin,
    };
    try {
      await ctx.teamIntake.add(creation);
      return creation.outcome;
    } catch (error) {
      if (!isTakenId(error) || draw === MAX_DRAWS) throw error;
    }
  }
}
