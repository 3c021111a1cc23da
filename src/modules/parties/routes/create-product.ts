import { readCreateProduct } from '../requests/create-product.ts';
import { parseBody } from '../requests/request-object.ts';
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
      const { ctx, request, origin, step } = input;
      const team = step('parse_path_params', () => param(input, 'product_team_id'));
      const parsed = step('parse_event_body', () => parseBody(bodyText(request)));
      const { name } = step('parse_incoming_cpm_product', () => readCreateProduct(parsed));
      // One statement reads the team, makes the product and writes it: they are one step.
      const body = await step('write_cpm_product', () => createProductOfTeam(ctx, { team, name }, origin));
      return { status: 201, body };
    },
  },
});
