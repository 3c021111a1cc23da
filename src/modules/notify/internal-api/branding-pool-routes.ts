import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { addToPool, type BrandKind, removeFromPool } from '../branding/brand-use-queries.ts';
import { listEmailBrands } from '../branding/email-brand-queries.ts';
import { listLetterBrands } from '../branding/letter-brand-queries.ts';
import type { NotifyContext } from '../context.ts';
import { findOrganisation, type OrganisationRow } from '../organisations/organisation-queries.ts';
import { answerJson } from '../routes/answers.ts';
import { presentEmailBrand } from './email-branding-routes.ts';
import { noResult, readBody, readFields, refusal } from './fields.ts';
import { presentLetterBrand } from './letter-branding-routes.ts';
import { idOf } from './requests.ts';

/** Which brands the services of an organisation may choose from: internals section 3.4.13. */
export function brandingPoolRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    registerPool(app, ctx, 'email');
    registerPool(app, ctx, 'letter');
  };
}

function registerPool(app: FastifyInstance, ctx: NotifyContext, kind: BrandKind): void {
  const { kysely } = ctx.db;
  const path = `/organisations/:id/${kind}-branding-pool`;
  const organisationOf = async (request: FastifyRequest): Promise<OrganisationRow> => {
    const organisation = await findOrganisation(kysely, idOf(request, 'id'));
    if (!organisation) throw refusal(404, 'Organisation not found');
    return organisation;
  };
  app.get(path, { schema: { summary: 'The brands of an organisation' } }, async (request, reply) => {
    const { id } = await organisationOf(request);
    const data =
      kind === 'email'
        ? (await listEmailBrands(kysely, id)).map(presentEmailBrand)
        : (await listLetterBrands(kysely, id)).map(presentLetterBrand);
    return answerJson(reply, 200, { data });
  });
  app.post(path, { schema: { summary: 'Add brands to an organisation' } }, async (request, reply) => {
    const { id } = await organisationOf(request);
    const { branding_ids: ids } = readFields(readBody(request), {
      branding_ids: { kind: 'uuids', required: true },
    });
    // All of them or none.
    await kysely.transaction().execute(async (trx) => {
      if ((await addToPool(trx, kind, id, ids)) < new Set(ids).size) throw noResult();
    });
    return reply.code(204).send();
  });
  app.delete(
    `${path}/:brandId`,
    { schema: { summary: 'Remove a brand from an organisation' } },
    async (request, reply) => {
      const organisation = await organisationOf(request);
      const brandId = idOf(request, 'brandId');
      if (organisation[`${kind}_branding_id`] === brandId) {
        throw refusal(400, `You cannot remove an organisation's default ${kind} branding`);
      }
      if (!(await removeFromPool(kysely, kind, organisation.id, brandId))) throw noResult();
      return reply.code(204).send();
    },
  );
}
