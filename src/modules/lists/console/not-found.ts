import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FieldError, FormFields, PageTools } from '#platform/console';
import { HttpError } from '#platform/http';
import type { ListsContext } from '../context.ts';
import { ListsError } from '../errors.ts';
import { storable } from '../gateway/text.ts';
import { type CatalogueFacts, replaceNotFound } from '../tools/replace-not-found.ts';
import { type NotFoundItem, selectNotFoundItem, selectNotFoundQueue } from '../tools/tools-queries.ts';

const listView = new URL('./not-found.njk', import.meta.url);
const itemView = new URL('./replace.njk', import.meta.url);
const SHOWN = 200;

/** The queue of products the catalogue lacks, and their replacement (spec sections 3.8.1 and 12.14). */
export function registerNotFoundPages(app: FastifyInstance, page: PageTools, ctx: ListsContext): void {
  app.get('/not-found', async (_request, reply) => {
    const items = await selectNotFoundQueue(ctx.db.kysely, SHOWN);
    return page.render(reply, listView, { title: 'Not-found products', items });
  });

  app.get<{ Params: { id: string } }>('/not-found/:id', async (request, reply) => {
    const item = await find(ctx, request.params.id);
    return page.render(reply, itemView, { title: item.details, item, values: valuesOf(item) });
  });

  const mayReplace = { preHandler: page.requireRole('operator') };
  app.post<{ Params: { id: string } }>('/not-found/:id', mayReplace, async (request, reply) => {
    const item = await find(ctx, request.params.id);
    const form = page.readForm(request);
    const { facts, problems } = readFacts(form);
    const data = { title: item.details, item, values: form.values };
    if (problems.length > 0) return page.renderInvalid(reply, itemView, data, problems);
    try {
      const productId = await replace(ctx, page, request, item.id, facts);
      return page.redirect(reply, '/pages/lists/not-found', `Replaced by catalogue product ${productId}.`);
    } catch (error) {
      if (!(error instanceof ListsError)) throw error;
      return page.renderInvalid(reply, itemView, data, [{ field: '', message: error.message }]);
    }
  });
}

async function replace(
  ctx: ListsContext,
  page: PageTools,
  request: FastifyRequest,
  id: string,
  facts: CatalogueFacts,
): Promise<string> {
  const actor = page.actor(request);
  const { productId } = await replaceNotFound(ctx, { userId: `operator:${actor.id}` }, id, facts, request.id);
  await ctx.audit(ctx.db.kysely, {
    actor,
    action: 'lists.not_found.replaced',
    target: `product:${productId}`,
    details: { notFoundId: id },
  });
  return productId;
}

async function find(ctx: ListsContext, id: string): Promise<NotFoundItem> {
  const item = await selectNotFoundItem(ctx.db.kysely, storable(id));
  if (!item)
    throw new HttpError(404, 'not_found', 'There is no such not-found product; it may be replaced already');
  return item;
}

function valuesOf(item: NotFoundItem): Record<string, string> {
  return {
    brand: item.brand,
    details: item.details,
    retailer: retailerOf(item.product_url),
    price: item.price ?? '',
    productUrl: item.product_url,
    imageUrl: item.image_url ?? '',
  };
}

/** The shop's host without `www.`; short links of Amazon stand for the shop itself. */
function retailerOf(url: string): string {
  if (!URL.canParse(url)) return '';
  const host = new URL(url).hostname.replace(/^www2?\./, '');
  return host === 'amzn.to' ? 'amazon.co.uk' : host;
}

function readFacts(form: FormFields): { facts: CatalogueFacts; problems: FieldError[] } {
  const problems: FieldError[] = [];
  const need = (field: string, message: string): string => {
    const value = storable(form.text(field));
    if (value === '') problems.push({ field, message });
    return value;
  };
  const price = form.text('price');
  if (price !== '' && !/^\d+\.\d{2}$/.test(price)) {
    problems.push({ field: 'price', message: 'Price must be a number with two decimals, such as 45.00' });
  }
  const productUrl = need('productUrl', 'Enter the address of the product');
  if (productUrl !== '' && !URL.canParse(productUrl)) {
    problems.push({ field: 'productUrl', message: 'Product address must be a web address' });
  }
  const imageUrl = pictureIn(need('imageUrl', 'Enter the address of a picture'));
  if (imageUrl !== '' && !imageUrl.startsWith('//') && !URL.canParse(imageUrl)) {
    problems.push({ field: 'imageUrl', message: 'Picture address must be a web address, or start with //' });
  }
  return {
    facts: {
      brand: need('brand', 'Enter the brand'),
      details: need('details', 'Enter what the product is'),
      retailer: need('retailer', 'Enter the shop'),
      imageUrl,
      productUrl,
      price: price === '' ? null : price,
      searchHidden: form.list('searchHidden').includes('yes'),
    },
    problems,
  };
}

/** Of a pasted picture snippet only the address. */
function pictureIn(text: string): string {
  return /<img[^>]*\ssrc="([^"]+)"/i.exec(text)?.[1] ?? text;
}
