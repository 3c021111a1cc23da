import { readCreateProductTeam } from '../requests/create-product-team.ts';
import { createTeam } from '../store/create-team.ts';
import { bodyText, defineOperation } from './operation.ts';

/** POST /ProductTeam: JSON, schema, ODS code, domain rules, write (spec section 3.7). */
export const createProductTeam = defineOperation({
  name: 'create-product-team',
  method: 'POST',
  path: '/ProductTeam',
  permission: 'create_team',
  versions: {
    1: async ({ ctx, request, origin }) => {
      const wanted = readCreateProductTeam(bodyText(request));
      await ctx.odsCodes.check(wanted.odsCode, request.id);
      return { status: 201, body: await createTeam(ctx, wanted, origin) };
    },
  },
});
