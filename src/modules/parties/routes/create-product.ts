import { isStorable } from '../domain/text.ts';
import { timestampNow } from '../domain/timestamp.ts';
import { teamNotFound, unexpected } from '../errors.ts';
import { readCreateProduct } from '../requests/create-product.ts';
import type { ProductCreation } from '../store/create-products.ts';
import { bodyText, defineOperation, param } from './operation.ts';

/** POST /ProductTeam/{product_team_id}/Product: JSON, schema, team, domain rules, write (spec section 3.7). */
export const createProduct = defineOperation({
  name: 'create-product',
  method: 'POST',
  path: '/ProductTeam/:product_team_id/Product',
  permission: 'create_product',
  versions: {
    1: async (input) => {
      const { ctx, request, origin } = input;
      const { name } = readCreateProduct(bodyText(request));
      const team = param(input, 'product_team_id');
      if (!isStorable(team)) throw teamNotFound(team);
      const creation: ProductCreation = { team, name, createdOn: timestampNow(ctx.clock), origin };
      await ctx.productIntake.add(creation);
      const { outcome } = creation;
      if (outcome?.kind === 'created') return { status: 201, body: outcome.body };
      if (outcome?.kind === 'team_not_found') throw teamNotFound(team);
      throw outcome?.kind === 'invalid' ? outcome.error : unexpected();
    },
  },
});
