import { isStorable } from '../domain/text.ts';
import { timestampNow } from '../domain/timestamp.ts';
import { teamNotFound } from '../errors.ts';
import { deletedBody } from '../responses/bodies.ts';
import { deleteTeam } from '../store/delete-parties.ts';
import { defineOperation, param } from './operation.ts';

/** DELETE /ProductTeam/{product_team_id}: spec section 6.8. */
export const deleteProductTeam = defineOperation({
  name: 'delete-product-team',
  method: 'DELETE',
  path: '/ProductTeam/:product_team_id',
  permission: 'delete_team',
  versions: {
    1: async (input) => {
      const { ctx, origin, step } = input;
      const team = step('parse_path_params', () => param(input, 'product_team_id'));
      if (!isStorable(team)) throw teamNotFound(team);
      const deletion = { team, deletedOn: timestampNow(ctx.clock), origin };
      // One transaction reads the team and its products and writes: they are one step.
      const id = await step('delete_product_team', () =>
        deleteTeam(ctx.databases.parties_delete, ctx.register, deletion),
      );
      return { status: 200, body: deletedBody(id) };
    },
  },
});
