import { randomUUID } from 'node:crypto';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import type { OrganisationRow } from '../organisations/organisation-queries.ts';
import { openToken, sealToken } from '../secrets/fernet.ts';
import type { ServiceRecord } from '../service-settings/service-record-queries.ts';
import { sendBuiltIn } from '../users/built-in-messages.ts';
import { BUILT_IN } from '../users/built-in-templates-data.ts';
import { websiteOf } from '../users/mailed-links.ts';
import type { UserRow } from '../users/user-queries.ts';
import { insertInvite, insertOrganisationInvite } from './invite-queries.ts';

const INVITE_SECONDS = 2 * 24 * 3_600;
const NEVER_SECONDS = 100 * 365 * 24 * 3_600;

export interface NewInvite {
  emailAddress: string;
  permissions: string[];
  authType: string;
  folderIds: string[];
  /** The website whose page accepts it; ours without one. */
  linkHost: string | undefined;
  inviter: UserRow;
  correlationId: string;
}

/** Asks somebody to join a service; the email goes out with the record of it (internals section 3.4.16). */
export async function inviteToService(
  ctx: NotifyContext,
  service: ServiceRecord,
  invite: NewInvite,
): Promise<string> {
  const id = randomUUID();
  const now = ctx.clock.now();
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const row = {
      id,
      service_id: service.id,
      from_user_id: invite.inviter.id,
      email_address: invite.emailAddress,
      permissions: invite.permissions.join(','),
      auth_type: invite.authType,
      folder_permissions: invite.folderIds,
    };
    await insertInvite(trx, row, now);
    await sendBuiltIn(ctx, trx, {
      templateId: BUILT_IN.serviceInvitation,
      to: invite.emailAddress,
      replyTo: invite.inviter.email_address,
      personalisation: {
        user_name: invite.inviter.name,
        service_name: service.name,
        url: `${websiteOf(ctx, invite.linkHost)}/invitation/${sealToken(ctx.keys.token, id, now)}`,
      },
      correlationId: invite.correlationId,
    });
  });
  return id;
}

export async function inviteToOrganisation(
  ctx: NotifyContext,
  organisation: OrganisationRow,
  invite: Omit<NewInvite, 'authType' | 'folderIds'>,
): Promise<string> {
  const id = randomUUID();
  const now = ctx.clock.now();
  const { inviter } = invite;
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const row = {
      id,
      organisation_id: organisation.id,
      invited_by_id: inviter.id,
      email_address: invite.emailAddress,
      permissions: invite.permissions,
    };
    await insertOrganisationInvite(trx, row, now);
    await sendBuiltIn(ctx, trx, {
      templateId: BUILT_IN.organisationInvitation,
      to: invite.emailAddress,
      replyTo: inviter.email_address,
      personalisation: {
        user_name: inviter.platform_admin ? 'The GOV.UK Notify team' : inviter.name,
        organisation_name: organisation.name,
        url: `${websiteOf(ctx, invite.linkHost)}/organisation-invitation/${sealToken(ctx.keys.token, id, now)}`,
      },
      correlationId: invite.correlationId,
    });
  });
  return id;
}

/** The id of the invitation a link was made for. */
export function openInviteToken(
  ctx: NotifyContext,
  token: string,
): { id: string } | { problem: 'expired' | 'damaged' } {
  const now = ctx.clock.now();
  const text = openToken(ctx.keys.token, token, { now, maxAgeSeconds: INVITE_SECONDS });
  const id = readUuid(text);
  if (id !== undefined) return { id };
  const isOurs =
    readUuid(openToken(ctx.keys.token, token, { now, maxAgeSeconds: NEVER_SECONDS })) !== undefined;
  return { problem: isOurs ? 'expired' : 'damaged' };
}
