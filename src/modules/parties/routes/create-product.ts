import { readCreateProduct } from '../requests/create-product.ts';
import { createProduct as createProductOfTeam } from '../store/create-product.ts';
import { bodyText, defineOperation, param } from './operation.ts';

/** POST /ProductTeam/{product_team_id}/Product: JSON, schema, team, domain rules, write (spec section 3.7). */
export const createProduct = defineOperation({
  name: 'create-product',
  method: 'POST',
  path: '/ProductTeam/:product_team_id/Product',
  permission: 'create_product',
  versions: {
    1: async (input) => {
      const { name } = readCreateProduct(bodyText(input.request));
      const team = param(input, 'product_team_id');
      return { status: 201, body: await createProductOfTeam(input.ctx, { team, name }, input.origin) };
    },
  },
});
