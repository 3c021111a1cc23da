import { Type } from 'typebox';
import { errors } from '../errors.ts';
import { requireAttributes } from '../gateway/body.ts';
import type { Call, Endpoint } from '../gateway/endpoint.ts';
import { addGift, editGift, isProductType, removeGift } from '../gifts/gift.ts';
import { isTestTraffic } from '../kpi/kpi.ts';

const keyOf = (call: Call) => ({ listId: call.param('id'), productId: call.param('productid') });

/** Spec sections 3.3.8 to 3.3.10. */
export const giftEndpoints: Endpoint[] = [
  {
    method: 'POST',
    path: '/lists/:id/product/:productid',
    access: 'user',
    summary: 'Add a product to a list',
    body: Type.Object({
      quantity: Type.Integer(),
      productType: Type.Union([Type.Literal('products'), Type.Literal('notfound')]),
      notes: Type.Optional(Type.String()),
      test_flag: Type.Optional(Type.Boolean()),
    }),
    answer: Type.Object({ message: Type.Boolean() }),
    handle: async (ctx, call) => {
      const key = keyOf(call);
      const { quantity, productType, notes } = requireAttributes(call.body);
      if (quantity === undefined) throw errors.attributeMissing('quantity');
      if (productType === undefined) throw errors.productTypeMissing();
      if (!isProductType(productType)) throw errors.productTypeUnknown();
      const trace = { correlationId: call.correlationId, isTest: isTestTraffic(call) };
      await addGift(ctx, call.user, key, { quantity, productType, notes }, trace);
      return { message: true };
    },
  },
  {
    method: 'PUT',
    path: '/lists/:id/product/:productid',
    access: 'user',
    summary: 'Change quantity and note of a gift',
    body: Type.Object({ quantity: Type.Integer(), notes: Type.Optional(Type.String()) }),
    answer: Type.Object({ quantity: Type.Integer(), notes: Type.Optional(Type.String()) }),
    handle: async (ctx, call) => {
      const key = keyOf(call);
      const { quantity, notes } = requireAttributes(call.body);
      if (quantity === undefined) throw errors.attributeMissing('quantity');
      return editGift(ctx, call.user, key, { quantity, notes }, call.correlationId);
    },
  },
  {
    method: 'DELETE',
    path: '/lists/:id/product/:productid',
    access: 'user',
    summary: 'Take a gift off a list',
    answer: Type.Object({ message: Type.Boolean() }),
    handle: async (ctx, call) => {
      await removeGift(ctx, call.user, keyOf(call), call.correlationId);
      return { message: true };
    },
  },
];
