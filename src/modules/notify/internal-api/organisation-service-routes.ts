import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { financialYearOf, londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import {
  findGoLiveRequest,
  type GoLiveRequest,
  mailApprovers,
  mailNextSteps,
  mailRejection,
} from '../organisations/go-live-mails.ts';
import { findOrganisation } from '../organisations/organisation-queries.ts';
import { usageOfOrganisation } from '../platform-reports/platform-reports.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { readQuery } from '../requests/query.ts';
import { answerJson } from '../routes/answers.ts';
import { readBody, readFields, refusal } from './fields.ts';
import { emailFault } from './person-fields.ts';
import { idOf, queryText } from './requests.ts';
import { serviceOf } from './service-routes.ts';
import { isoWithOffset } from './times.ts';

const FIRST_YEAR = 2016;
const text = { kind: 'text', required: true } as const;
const address = { kind: 'text', required: true, check: emailFault } as const;

/** What services of an organisation cost, and the mails by which they go live: internals section 3.4.13. */
export function organisationServiceRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.get(
      '/organisations/:id/services-with-usage',
      { schema: { summary: 'Usage of the services of an organisation' } },
      async (request, reply) => {
        const organisation = await findOrganisation(ctx.db.kysely, idOf(request, 'id'));
        if (!organisation) throw refusal(404, 'Organisation not found');
        const year = yearOf(ctx, request);
        const { services, updated_at: at } = await usageOfOrganisation(ctx, organisation.id, year);
        return answerJson(reply, 200, { services, updated_at: at === undefined ? null : isoWithOffset(at) });
      },
    );
    registerGoLiveMails(app, ctx);
  };
}

function yearOf(ctx: NotifyContext, request: FastifyRequest): number {
  const given = queryText(readQuery(request.url), 'year') ?? '';
  const latest = financialYearOf(londonDay(ctx.clock.now())) + 1;
  if (!/^\d{4}$/.test(given) || Number(given) < FIRST_YEAR || Number(given) > latest) {
    throw refusal(400, 'No valid year provided');
  }
  return Number(given);
}

function registerGoLiveMails(app: FastifyInstance, ctx: NotifyContext): void {
  const requestOf = async (request: FastifyRequest): Promise<GoLiveRequest> => {
    const found = await findGoLiveRequest(ctx, await serviceOf(ctx, idOf(request, 'serviceId')));
    if (!found) throw refusal(400, 'The service has no active request to go live');
    return found;
  };
  app.post(
    '/organisations/notify-users-of-request-to-go-live/:serviceId',
    { schema: { summary: 'Mail those who may let a service go live' } },
    async (request, reply) => {
      await mailApprovers(ctx, await requestOf(request), request.id);
      return reply.code(204).send();
    },
  );
  app.post(
    '/organisations/notify-org-member-about-next-steps-of-go-live-request/:serviceId',
    { schema: { summary: 'Mail what happens next with a request to go live' } },
    async (request, reply) => {
      const fields = readFields(readBody(request), { to: address, service_name: text, body: text });
      await requestOf(request);
      await mailNextSteps(ctx, {
        to: normaliseEmailAddress(fields.to) ?? fields.to,
        serviceName: fields.service_name,
        body: fields.body,
        correlationId: request.id,
      });
      return reply.code(204).send();
    },
  );
  app.post(
    '/organisations/notify-service-member-of-rejected-go-live-request/:serviceId',
    { schema: { summary: 'Mail that a request to go live was refused' } },
    async (request, reply) => {
      const fields = readFields(readBody(request), {
        name: text,
        service_name: text,
        organisation_name: text,
        reason: text,
        organisation_team_member_name: text,
        organisation_team_member_email: address,
      });
      const rejection = {
        name: fields.name,
        serviceName: fields.service_name,
        organisationName: fields.organisation_name,
        reason: fields.reason,
        deciderName: fields.organisation_team_member_name,
        deciderAddress: fields.organisation_team_member_email,
      };
      await mailRejection(ctx, await requestOf(request), rejection, request.id);
      return reply.code(204).send();
    },
  );
}
