import type { PartiesContext } from '../context.ts';
import { isStorable } from '../domain/text.ts';
import { teamNotFound } from '../errors.ts';
import { defineOperation, param } from './operation.ts';

/** GET /ProductTeam/{product_team_id}: by generated id or alias (spec sections 3.5 and 6.4). */
export const readProductTeam = defineOperation({
  name: 'read-product-team',
  method: 'GET',
  path: '/ProductTeam/:product_team_id',
  permission: 'read_team',
  versions: {
    1: async (input) => {
      const { ctx, step } = input;
      const given = step('parse_path_params', () => param(input, 'product_team_id'));
      const body = await step('read_product_team', () => readTeamBody(ctx, given));
      return { status: 200, body };
    },
  },
});

async function readTeamBody(ctx: PartiesContext, given: string): Promise<string> {
  const body = isStorable(given) ? await ctx.lookUpTeam(given) : undefined;
  if (body === undefined) throw teamNotFound(given);
  return body;
}
