import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { freeBrandName } from '../branding/brand-names.ts';
import { findBrandUse } from '../branding/brand-use-queries.ts';
import { changeLetterBrand, createLetterBrand } from '../branding/brands.ts';
import {
  findLetterBrand,
  type LetterBrandRow,
  listLetterBrandNames,
  listLetterBrands,
} from '../branding/letter-brand-queries.ts';
import type { NotifyContext } from '../context.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { answerJson } from '../routes/answers.ts';
import { nameFault, refusing } from './email-branding-routes.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { idOf } from './requests.ts';

const name = { kind: 'text', required: true, check: nameFault } as const;
const filename = {
  kind: 'text',
  required: true,
  // It becomes part of a key in the bucket of logos.
  check: (value: string) =>
    /^[A-Za-z0-9][\w.@=-]{0,199}$/.test(value) ? undefined : 'Not a valid filename.',
} as const;

const BASE = '/letter-branding';

/** Brands of letters: internals section 3.4.17. Answers stand under no name. */
export function letterBrandingRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  const brandOf = async (id: string): Promise<LetterBrandRow> => {
    const brand = await findLetterBrand(kysely, id);
    if (!brand) throw noResult();
    return brand;
  };
  const askedFor = (request: FastifyRequest) => brandOf(idOf(request, 'id'));
  return async (app) => {
    app.get(BASE, { schema: { summary: 'Brands of letters' } }, async (_request, reply) =>
      answerJson(reply, 200, (await listLetterBrands(kysely)).map(presentLetterBrand)),
    );
    app.post(BASE, { schema: { summary: 'Create a brand of letters' } }, async (request, reply) => {
      const fields = readFields(readBody(request), {
        name,
        filename,
        created_by_id: { kind: 'uuid', nullable: true },
      });
      const brand = { name: fields.name.trim(), filename: fields.filename };
      const id = await refusing(() =>
        createLetterBrand(ctx, { ...brand, createdById: fields.created_by_id ?? null }),
      );
      return answerJson(reply, 201, presentLetterBrand(await brandOf(id)));
    });
    app.post(
      `${BASE}/get-unique-name`,
      { schema: { summary: 'A free name for a brand' } },
      async (request, reply) => {
        const wanted = readFields(readBody(request), { name }).name;
        const free = freeBrandName(wanted, await listLetterBrandNames(kysely, wanted));
        if (free === undefined) throw refusal(400, { name: ['There are too many brands of this name.'] });
        return answerJson(reply, 200, { name: free });
      },
    );
    app.get(`${BASE}/:id`, { schema: { summary: 'One brand of letters' } }, async (request, reply) =>
      answerJson(reply, 200, presentLetterBrand(await askedFor(request))),
    );
    app.post(`${BASE}/:id`, { schema: { summary: 'Change a brand of letters' } }, async (request, reply) => {
      const { id } = await askedFor(request);
      const fields = readFields(readBody(request), {
        name,
        filename,
        updated_by_id: { kind: 'uuid', nullable: true },
      });
      const brand = { id, name: fields.name.trim(), filename: fields.filename };
      await refusing(() => changeLetterBrand(ctx, { ...brand, updatedById: fields.updated_by_id ?? null }));
      return answerJson(reply, 201, presentLetterBrand(await brandOf(id)));
    });
    app.get(
      `${BASE}/:id/orgs_and_services`,
      { schema: { summary: 'Who uses a brand of letters' } },
      async (request, reply) => {
        const { id } = await askedFor(request);
        return answerJson(reply, 200, { data: await findBrandUse(kysely, 'letter', id) });
      },
    );
  };
}

export function presentLetterBrand(brand: LetterBrandRow) {
  return {
    id: brand.id,
    name: brand.name,
    filename: brand.filename,
    created_by: brand.created_by_id,
    created_at: timestamp(brand.created_at),
    updated_at: timestamp(brand.updated_at),
  };
}
