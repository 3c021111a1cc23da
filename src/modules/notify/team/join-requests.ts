// People who ask to join a service, and managers who decide: internals section 3.4.16.
import { randomUUID } from 'node:crypto';
import type { Handle } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import { sendBuiltIn } from '../users/built-in-messages.ts';
import { BUILT_IN } from '../users/built-in-templates-data.ts';
import { websiteOf } from '../users/mailed-links.ts';
import { findUser, type UserRow, updateUser } from '../users/user-queries.ts';
import {
  cancelOtherRequests,
  findManagers,
  insertJoinRequest,
  type JoinRequestRow,
  lockJoinRequest,
  type ServiceManager,
  setJoinRequestStatus,
} from './join-request-queries.ts';
import { insertMember, isMember, replaceFolderPermissions, replacePermissions } from './member-queries.ts';

/** Why nobody was asked, as the website knows it. */
export class JoinRefusal extends Error {
  constructor(message: 'user-already-in-service' | 'no-valid-service-managers-ids') {
    super(message);
    this.name = 'JoinRefusal';
  }
}

export interface NewJoinRequest {
  requester: UserRow;
  contactedIds: readonly string[];
  linkHost: string;
  reason: string | null;
  correlationId: string;
}

/** Asks the managers; their emails and the receipt go out with the record of it. Returns the id of the request. */
export async function askToJoin(
  ctx: NotifyContext,
  service: ServiceRecord,
  request: NewJoinRequest,
): Promise<string> {
  const id = randomUUID();
  await ctx.db.kysely.transaction().execute(async (trx) => {
    if (await isMember(trx, service.id, request.requester.id))
      throw new JoinRefusal('user-already-in-service');
    const managers = await findManagers(trx, service.id, request.contactedIds);
    if (managers.length === 0) throw new JoinRefusal('no-valid-service-managers-ids');
    await insertJoinRequest(trx, {
      id,
      serviceId: service.id,
      requesterId: request.requester.id,
      contactedIds: managers.map((manager) => manager.id),
      reason: request.reason,
      now: ctx.clock.now(),
    });
    await mailAsked(ctx, trx, { id, service, managers, request });
  });
  return id;
}

async function mailAsked(
  ctx: NotifyContext,
  trx: Handle,
  asked: { id: string; service: ServiceRecord; managers: ServiceManager[]; request: NewJoinRequest },
): Promise<void> {
  const { id, service, managers, request } = asked;
  const { requester, reason, correlationId } = request;
  const website = websiteOf(ctx, request.linkHost);
  for (const manager of managers) {
    await sendBuiltIn(ctx, trx, {
      templateId: BUILT_IN.requestInvite,
      to: manager.email_address,
      replyTo: requester.email_address,
      personalisation: {
        approver_name: manager.name,
        requester_name: requester.name,
        requester_email_address: requester.email_address,
        service_name: service.name,
        reason_given: reason ? 'yes' : 'no',
        reason: reason ?? '',
        url: `${website}/services/${service.id}/join-request/${id}/approve`,
      },
      correlationId,
    });
  }
  await sendBuiltIn(ctx, trx, {
    templateId: BUILT_IN.requestInviteReceipt,
    to: requester.email_address,
    personalisation: {
      requester_name: requester.name,
      service_name: service.name,
      service_admin_names: managers.map((manager) => `${manager.name} – ${manager.email_address}`),
      url_ask_to_join_page: `${website}/services/${service.id}/join/ask`,
    },
    correlationId,
  });
}

export interface JoinDecision {
  status: 'pending' | 'approved' | 'rejected' | 'cancelled';
  decider: UserRow;
  permissions: readonly string[];
  folderIds: readonly string[];
  /** Undefined leaves the one that was given. */
  reason: string | null | undefined;
  authType: string | undefined;
  correlationId: string;
}

/** Records what a manager decided; whoever was let in is a member, and knows it, once this resolves. */
export async function decideJoinRequest(
  ctx: NotifyContext,
  service: ServiceRecord,
  request: JoinRequestRow,
  decision: JoinDecision,
): Promise<void> {
  const now = ctx.clock.now();
  const { id, requester } = request;
  const { status, decider, reason } = decision;
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const before = await lockJoinRequest(trx, id);
    await setJoinRequestStatus(trx, { id, status, changedById: decider.id, reason, now });
    if (status !== 'approved' || before === 'approved') return;
    await letIn(ctx, trx, { service, requesterId: requester.id, decision });
    const others = { id, serviceId: service.id, requesterId: requester.id, changedById: decider.id, now };
    await cancelOtherRequests(trx, others);
  });
  ctx.services.clear();
}

async function letIn(
  ctx: NotifyContext,
  trx: Handle,
  entry: { service: ServiceRecord; requesterId: string; decision: JoinDecision },
): Promise<void> {
  const { service, requesterId, decision } = entry;
  const requester = await findUser(trx, requesterId);
  if (!requester) throw new Error('Somebody asked to join a service and is gone');
  const member = { serviceId: service.id, userId: requesterId };
  // Somebody who was invited in the meantime keeps what they have.
  if (await insertMember(trx, service.id, requesterId)) {
    await replacePermissions(trx, member, decision.permissions);
    await replaceFolderPermissions(trx, member, decision.folderIds);
  }
  const { authType } = decision;
  if (authType !== undefined && (authType !== 'sms_auth' || requester.mobile_number !== null)) {
    await updateUser(trx, requesterId, { auth_type: authType }, ctx.clock.now());
  }
  await sendBuiltIn(ctx, trx, {
    templateId: BUILT_IN.joinRequestApproved,
    to: requester.email_address,
    personalisation: {
      requester_name: requester.name,
      approver_name: decision.decider.name,
      service_name: service.name,
      dashboard_url: `${websiteOf(ctx, undefined)}/services/${service.id}`,
    },
    correlationId: decision.correlationId,
  });
}
