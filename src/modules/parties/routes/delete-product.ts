import { isStorable } from '../domain/text.ts';
import { timestampNow } from '../domain/timestamp.ts';
import { teamNotFound } from '../errors.ts';
import { deletedBody } from '../responses/bodies.ts';
import { deleteProduct as deleteProductOfTeam } from '../store/delete-parties.ts';
import { defineOperation, param } from './operation.ts';

/** DELETE /ProductTeam/{product_team_id}/Product/{product_id}: team, product within it, write (spec section 3.7). */
export const deleteProduct = defineOperation({
  name: 'delete-product',
  method: 'DELETE',
  path: '/ProductTeam/:product_team_id/Product/:product_id',
  permission: 'delete_product',
  versions: {
    1: async (input) => {
      const { ctx, origin, step } = input;
      const [team, productId] = step('parse_path_params', (): [string, string] => [
        param(input, 'product_team_id'),
        param(input, 'product_id'),
      ]);
      if (!isStorable(team)) throw teamNotFound(team);
      const deletion = { team, productId, deletedOn: timestampNow(ctx.clock), origin };
      // One transaction reads team and product and writes: they are one step.
      const id = await step('delete_product', () =>
        deleteProductOfTeam(ctx.databases.parties_delete, ctx.register, deletion),
      );
      return { status: 200, body: deletedBody(id) };
    },
  },
});
