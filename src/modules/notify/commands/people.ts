import { randomUUID } from 'node:crypto';
import { withNamedLock } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { findServiceRecord } from '../service-settings/service-record-queries.ts';
import { listInvites } from '../team/invite-queries.ts';
import { inviteToService } from '../team/invites.ts';
import { findUser, findUserByEmail, insertUser, listTeam, updateUser } from '../users/user-queries.ts';

export interface BulkInvitation {
  serviceId: string;
  inviterId: string;
  addresses: readonly string[];
  permissions: string[];
  authType: string;
}

export interface BulkInvited {
  invited: number;
  /** Members already, or invited and not yet here. */
  known: number;
  refused: string[];
}

/**
 * Invites people to a service, one for each address. Undefined when service or inviter are not there. Those who belong to
 * the service or have an open invitation get none, so a file can be given again with further lines.
 */
export async function inviteAll(
  ctx: NotifyContext,
  { serviceId, inviterId, addresses, permissions, authType }: BulkInvitation,
): Promise<BulkInvited | undefined> {
  const service = await findServiceRecord(ctx.db.kysely, serviceId);
  const inviter = await findUser(ctx.db.kysely, inviterId);
  if (!service || !inviter) return undefined;
  return withNamedLock(ctx.db, `notify-invite ${serviceId}`, async () => {
    const team = await listTeam(ctx.db.kysely, serviceId);
    const open = (await listInvites(ctx.db.kysely, serviceId)).filter(({ status }) => status === 'pending');
    const known = new Set([...team, ...open].map(({ email_address: address }) => address.toLowerCase()));
    const result: BulkInvited = { invited: 0, known: 0, refused: [] };
    for (const line of addresses.filter((address) => address.trim() !== '')) {
      const emailAddress = normaliseEmailAddress(line);
      if (emailAddress === undefined) result.refused.push(line.trim());
      else if (known.has(emailAddress)) result.known += 1;
      else {
        const invite = { emailAddress, permissions, authType, folderIds: [], linkHost: undefined, inviter };
        await inviteToService(ctx, service, { ...invite, correlationId: randomUUID() });
        known.add(emailAddress);
        result.invited += 1;
      }
    }
    return result;
  });
}

/**
 * The first person who may see every service by the internal API; anybody there is made one. They have no password until
 * they ask for a new one by email.
 */
export async function makePlatformAdmin(
  ctx: NotifyContext,
  person: { name: string; emailAddress: string; mobileNumber: string | null },
): Promise<{ id: string; isNew: boolean }> {
  const now = ctx.clock.now();
  return ctx.db.kysely.transaction().execute(async (trx) => {
    const isNew = await insertUser(
      trx,
      {
        id: randomUUID(),
        name: person.name,
        email_address: person.emailAddress,
        mobile_number: person.mobileNumber,
        auth_type: person.mobileNumber === null ? 'email_auth' : 'sms_auth',
        password_hash: null,
        state: 'active',
      },
      now,
    );
    const user = await findUserByEmail(trx, person.emailAddress);
    if (!user) throw new Error('A user was made and is gone');
    if (!user.platform_admin) await updateUser(trx, user.id, { platform_admin: true }, now);
    return { id: user.id, isNew };
  });
}
