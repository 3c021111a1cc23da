import { Type } from 'typebox';
import type { Handle } from '#platform/db';
import { contactUs } from '../contact/contact.ts';
import { errors } from '../errors.ts';
import { requireAttributes, requireObject } from '../gateway/body.ts';
import type { Endpoint } from '../gateway/endpoint.ts';
import { lastPathPart } from '../gateway/path.ts';
import { ProductShape, presentNotFound, presentProduct } from '../gift-lists/wire.ts';
import { queryMetadata } from '../lookup/lookup.ts';
import {
  createNotFound,
  createProduct,
  findByUrl,
  removeNotFound,
  removeProduct,
} from '../products/product.ts';
import { selectNotFound, selectProduct } from '../products/product-queries.ts';

const text = Type.String();
const Created = Type.Object({ productId: text, message: text });
const Deleted = Type.Object({ deleted: Type.Boolean() });

export const MetadataShape = Type.Object({
  site_name: Type.Optional(text),
  title: Type.Optional(text),
  image: Type.Optional(text),
  price: Type.Optional(text),
  currency: Type.Optional(text),
});

/** Spec sections 3.5 to 3.7. */
export const productEndpoints: Endpoint[] = [
  {
    method: 'POST',
    path: '/products',
    access: 'editor',
    summary: 'Add a product to the catalogue',
    body: Type.Object({ retailer: text, brand: text, details: text, productUrl: text, imageUrl: text }),
    answer: Created,
    handle: async (ctx, call) => ({
      productId: await createProduct(ctx, call.user, requireObject(call.body), call.correlationId),
      message: 'success',
    }),
  },
  {
    method: 'GET',
    path: '/products/:id',
    access: 'public',
    summary: 'A catalogue product',
    answer: ProductShape,
    handle: async (ctx, call) => {
      const product = await selectProduct(ctx.db.kysely, call.param('id'));
      if (!product) throw errors.productMissing();
      return presentProduct(product);
    },
  },
  {
    method: 'DELETE',
    path: '/products/:id',
    access: 'editor',
    summary: 'Delete a catalogue product, or withdraw one that lists use',
    answer: Deleted,
    handle: async (ctx, call) => {
      await removeProduct(ctx, call.user, call.param('id'), call.correlationId);
      return { deleted: true };
    },
  },
  {
    method: 'GET',
    path: '/products/url/*',
    access: 'user',
    summary: 'The catalogue product with this address',
    answer: Type.Object({ product: Type.Object({}) }),
    handle: async (ctx, call) => {
      const url = lastPathPart(call.request, '/products/url/');
      if (url === '') throw errors.urlMissing();
      const product = await findByUrl(ctx, url);
      if (!product) return { product: {} };
      const { retailer: _retailer, ...shown } = presentProduct(product);
      return { product: { ...shown, searchHidden: false } };
    },
  },
  {
    method: 'GET',
    path: '/products/query/metadata/*',
    access: 'user',
    summary: 'What the page at this address says of its product',
    answer: MetadataShape,
    handle: async (ctx, call) => {
      const url = lastPathPart(call.request, '/products/query/metadata/');
      if (url === '') throw errors.urlMissing();
      return queryMetadata(ctx, call.user, url, call.correlationId);
    },
  },
  {
    method: 'POST',
    path: '/notfound',
    access: 'user',
    summary: 'Note a product that the catalogue lacks',
    body: Type.Object({
      brand: text,
      details: text,
      url: text,
      imageUrl: Type.Optional(text),
      price: Type.Optional(text),
    }),
    answer: Created,
    handle: async (ctx, call) => {
      const body = requireObject(call.body);
      const productId = await ctx.db.kysely
        .transaction()
        .execute((trx: Handle) => createNotFound(ctx, trx, call.user, body, call.correlationId));
      return { productId, message: 'success' };
    },
  },
  {
    method: 'GET',
    path: '/notfound/:id',
    access: 'public',
    summary: 'A product noted by a list owner',
    answer: Type.Omit(ProductShape, ['retailer']),
    handle: async (ctx, call) => {
      const product = await selectNotFound(ctx.db.kysely, call.param('id'));
      if (!product) throw errors.productMissing();
      return presentNotFound(product);
    },
  },
  {
    method: 'DELETE',
    path: '/notfound/:id',
    access: 'user',
    summary: 'Delete a product one noted oneself',
    answer: Deleted,
    handle: async (ctx, call) => {
      await removeNotFound(ctx, call.user, call.param('id'), call.correlationId);
      return { deleted: true };
    },
  },
  {
    method: 'POST',
    path: '/contact',
    access: 'public',
    summary: 'Write to the operators',
    body: Type.Object({ name: text, email: text, message: text }),
    answer: Type.Object({ name: text, email: text, message: text, id: Type.Integer() }),
    handle: async (ctx, call) =>
      contactUs(
        ctx,
        requireAttributes(call.body, () => errors.contactFieldMissing('name')),
        { address: call.address, correlationId: call.correlationId },
      ),
  },
];
