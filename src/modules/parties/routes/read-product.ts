import type { PartiesContext } from '../context.ts';
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
      const { ctx, step } = input;
      const id = step('parse_path_params', () => param(input, 'product_id'));
      const body = await step('read_product', () => readProductBody(ctx, id));
      return { status: 200, body };
    },
  },
});

async function readProductBody(ctx: PartiesContext, id: string): Promise<string> {
  const body = isStorable(id) ? await ctx.lookUpProduct(id) : undefined;
  if (body === undefined) throw productNotFound(id);
  return body;
}
