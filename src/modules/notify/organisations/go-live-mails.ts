// Messages about a service that wants to leave trial mode: internals section 3.4.13.
import type { NotifyContext } from '../context.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import { sendBuiltIn } from '../users/built-in-messages.ts';
import { BUILT_IN } from '../users/built-in-templates-data.ts';
import { websiteOf } from '../users/mailed-links.ts';
import { findUser, listOrganisationMembers, type UserRow } from '../users/user-queries.ts';
import { findOrganisation, type OrganisationRow } from './organisation-queries.ts';

export interface GoLiveRequest {
  service: ServiceRecord;
  requester: UserRow;
  organisation: OrganisationRow | undefined;
}

/** Undefined when nobody has asked for it to go live, or the request is over. */
export async function findGoLiveRequest(
  ctx: Pick<NotifyContext, 'db'>,
  service: ServiceRecord,
): Promise<GoLiveRequest | undefined> {
  const { kysely } = ctx.db;
  if (!service.has_active_go_live_request || service.go_live_user_id === null) return undefined;
  const requester = await findUser(kysely, service.go_live_user_id);
  if (!requester) return undefined;
  const { organisation_id: id } = service;
  return { service, requester, organisation: id === null ? undefined : await findOrganisation(kysely, id) };
}

/** Asks everybody in the organisation who may decide, and tells whoever asked who they are. */
export async function mailApprovers(
  ctx: NotifyContext,
  { service, requester, organisation }: GoLiveRequest,
  correlationId: string,
): Promise<void> {
  if (!organisation) return;
  const website = websiteOf(ctx, undefined);
  const common = { service_name: service.name, organisation_name: organisation.name };
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const members = await listOrganisationMembers(trx, organisation.id);
    const approvers = members.filter((member) =>
      member.organisation_permissions[organisation.id]?.includes('can_make_services_live'),
    );
    for (const approver of approvers) {
      await sendBuiltIn(ctx, trx, {
        templateId: BUILT_IN.goLiveRequestForApprovers,
        to: approver.email_address,
        replyTo: requester.email_address,
        personalisation: {
          ...common,
          name: approver.name,
          requester_name: requester.name,
          requester_email_address: requester.email_address,
          make_service_live_link: `${website}/services/${service.id}/make-service-live`,
          support_page_link: `${website}/support`,
        },
        correlationId,
      });
    }
    if (approvers.length === 0) return;
    await sendBuiltIn(ctx, trx, {
      templateId: BUILT_IN.goLiveRequestReceived,
      to: requester.email_address,
      personalisation: {
        ...common,
        name: requester.name,
        organisation_team_member_names: approvers.map((approver) => approver.name),
      },
      correlationId,
    });
  });
}

export async function mailNextSteps(
  ctx: NotifyContext,
  mail: { to: string; serviceName: string; body: string; correlationId: string },
): Promise<void> {
  await ctx.db.kysely.transaction().execute((trx) =>
    sendBuiltIn(ctx, trx, {
      templateId: BUILT_IN.goLiveNextSteps,
      to: mail.to,
      personalisation: { service_name: mail.serviceName, body: mail.body },
      correlationId: mail.correlationId,
    }),
  );
}

export interface Rejection {
  name: string;
  serviceName: string;
  organisationName: string;
  reason: string;
  deciderName: string;
  deciderAddress: string;
}

/** To whoever asked; what was said against it stands as a quotation. */
export async function mailRejection(
  ctx: NotifyContext,
  { requester }: GoLiveRequest,
  rejection: Rejection,
  correlationId: string,
): Promise<void> {
  const quoted = rejection.reason.split(/\r?\n/).map((line) => `^ ${line}`);
  await ctx.db.kysely.transaction().execute((trx) =>
    sendBuiltIn(ctx, trx, {
      templateId: BUILT_IN.goLiveRejected,
      to: requester.email_address,
      replyTo: rejection.deciderAddress,
      personalisation: {
        name: rejection.name,
        service_name: rejection.serviceName,
        organisation_name: rejection.organisationName,
        reason: quoted.join('\n'),
        organisation_team_member_name: rejection.deciderName,
        organisation_team_member_email: rejection.deciderAddress,
      },
      correlationId,
    }),
  );
}
