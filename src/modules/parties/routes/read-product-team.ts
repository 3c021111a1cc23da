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
      const given = param(input, 'product_team_id');
      const body = isStorable(given) ? await input.ctx.lookUpTeam(given) : undefined;
      if (body === undefined) throw teamNotFound(given);
      return { status: 200, body };
    },
  },
});
