import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { freeBrandName } from '../branding/brand-names.ts';
import { findBrandUse } from '../branding/brand-use-queries.ts';
import { archiveEmailBrand, BrandRefusal, changeEmailBrand, createEmailBrand } from '../branding/brands.ts';
import {
  BRAND_TYPES,
  type EmailBrandRow,
  findEmailBrand,
  listEmailBrandNames,
  listEmailBrands,
} from '../branding/email-brand-queries.ts';
import type { NotifyContext } from '../context.ts';
import { timestamp } from '../notifications/timestamp.ts';
import { answerJson } from '../routes/answers.ts';
import { type Field, type FieldValues, noResult, readBody, readFields, refusal } from './fields.ts';
import { idOf } from './requests.ts';

const text = { kind: 'text', nullable: true, check: tooLong } as const;
const colour = {
  kind: 'text',
  nullable: true,
  check: (value: string) =>
    value === '' || /^#?[0-9a-f]{6}$/i.test(value) ? undefined : 'Not a valid hex colour.',
} as const;
const FIELDS = {
  name: { kind: 'text', check: nameFault },
  colour,
  logo: text,
  text,
  alt_text: text,
  brand_type: { kind: 'text', oneOf: BRAND_TYPES },
} as const satisfies Record<string, Field>;
const NEW_BRAND = {
  ...FIELDS,
  name: { ...FIELDS.name, required: true },
  created_by: { kind: 'uuid', nullable: true },
} as const satisfies Record<string, Field>;
const BRAND_CHANGES = { ...FIELDS, updated_by: { kind: 'uuid', nullable: true } } as const;

const BASE = '/email-branding';

/** Brands of emails: internals section 3.4.17. */
export function emailBrandingRoutes(ctx: NotifyContext): FastifyPluginAsync {
  const { kysely } = ctx.db;
  const brandOf = async (request: FastifyRequest): Promise<EmailBrandRow> => {
    const brand = await findEmailBrand(kysely, idOf(request, 'id'));
    if (!brand) throw noResult();
    return brand;
  };
  return async (app) => {
    app.get(BASE, { schema: { summary: 'Brands of emails' } }, async (_request, reply) =>
      answerJson(reply, 200, { email_branding: (await listEmailBrands(kysely)).map(presentEmailBrand) }),
    );
    app.post(BASE, { schema: { summary: 'Create a brand of emails' } }, async (request, reply) => {
      const { created_by: createdBy, ...fields } = readFields(readBody(request), NEW_BRAND);
      const id = await refusing(() => createEmailBrand(ctx, columnsOf(fields), createdBy ?? null));
      const created = await findEmailBrand(kysely, id);
      if (!created) throw noResult();
      return answerJson(reply, 201, { data: presentEmailBrand(created) });
    });
    app.post(
      `${BASE}/get-name-for-alt-text`,
      { schema: { summary: 'A free name for a brand' } },
      async (request, reply) => {
        const { alt_text: altText } = readFields(readBody(request), {
          alt_text: { kind: 'text', required: true, check: nameFault },
        });
        const name = freeBrandName(altText, await listEmailBrandNames(kysely, altText));
        if (name === undefined) throw refusal(400, { alt_text: ['There are too many brands of this name.'] });
        return answerJson(reply, 200, { name });
      },
    );
    app.get(`${BASE}/:id`, { schema: { summary: 'One brand of emails' } }, async (request, reply) =>
      answerJson(reply, 200, { email_branding: presentEmailBrand(await brandOf(request)) }),
    );
    app.post(`${BASE}/:id`, { schema: { summary: 'Change a brand of emails' } }, async (request, reply) => {
      const { id } = await brandOf(request);
      const { updated_by: updatedBy, ...fields } = readFields(readBody(request), BRAND_CHANGES);
      const changes = {
        ...columnsOf(fields),
        ...(updatedBy === undefined ? {} : { updated_by_id: updatedBy }),
      };
      await refusing(() => changeEmailBrand(ctx, id, changes));
      return answerJson(reply, 200, { data: presentEmailBrand(await brandOf(request)) });
    });
    app.get(
      `${BASE}/:id/orgs_and_services`,
      { schema: { summary: 'Who uses a brand of emails' } },
      async (request, reply) => {
        const { id } = await brandOf(request);
        return answerJson(reply, 200, { data: await findBrandUse(kysely, 'email', id) });
      },
    );
    app.post(
      `${BASE}/:id/archive`,
      { schema: { summary: 'Archive a brand of emails' } },
      async (request, reply) => {
        const { id } = await brandOf(request);
        await refusing(() => archiveEmailBrand(ctx, id));
        return reply.code(204).send();
      },
    );
  };
}

/** An empty colour or logo is none. */
function columnsOf(fields: FieldValues<typeof FIELDS>) {
  return {
    ...fields,
    ...(fields.name === undefined ? {} : { name: fields.name.trim() }),
    ...(fields.colour === '' ? { colour: null } : {}),
    ...(fields.logo === '' ? { logo: null } : {}),
  };
}

export function presentEmailBrand(brand: EmailBrandRow) {
  return {
    id: brand.id,
    colour: brand.colour,
    logo: brand.logo,
    name: brand.name,
    text: brand.text,
    brand_type: brand.brand_type,
    alt_text: brand.alt_text,
    created_by: brand.created_by_id,
    created_at: timestamp(brand.created_at),
    updated_at: timestamp(brand.updated_at),
  };
}

export function nameFault(value: string): string | undefined {
  return value.trim() === '' ? 'Field may not be blank.' : tooLong(value);
}

function tooLong(value: string): string | undefined {
  return value.length > 255 ? 'Longer than maximum length 255.' : undefined;
}

/** What a brand cannot be, in the contract's words. */
export async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof BrandRefusal)) throw error;
    throw refusal(400, error.answer);
  }
}
