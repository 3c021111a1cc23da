import { isStorable } from '../domain/text.ts';
import { productNotFound } from '../errors.ts';
import { defineOperation, param } from './operation.ts';

/** GET /Product/{product_id}: spec section 3.5. */
export const readProduct = defineOperation({
  name: 'read-product',
  method: 'GET',
  path: '/Product/:product_id',
  permission: 'read_product',
  versions: {
    1: async (input) => {
      const id = param(input, 'product_id');
      const body = isStorable(id) ? await input.ctx.lookUpProduct(id) : undefined;
      if (body === undefined) throw productNotFound(id);
      return { status: 200, body };
    },
  },
});
