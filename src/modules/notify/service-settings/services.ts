import { randomUUID } from 'node:crypto';
import { type Handle, violatedConstraint } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import {
  findOrganisation,
  findOrganisationByDomain,
  type OrganisationRow,
} from '../organisations/organisation-queries.ts';
import {
  NHS_EMAIL_BRAND_ID,
  NHS_LETTER_BRAND_ID,
  NHS_NOTIFY_ORGANISATION_ID,
  NHS_TYPES,
} from '../organisations/organisations.ts';
import { replaceSenders } from '../services/apply-queries.ts';
import { organisationDomainsOf } from '../team/enough-managers.ts';
import { insertMember, replacePermissions, USER_PERMISSIONS } from '../team/member-queries.ts';
import { emailSenderLocalPart } from '../templates/email-sender.ts';
import { sendBuiltIn } from '../users/built-in-messages.ts';
import { BUILT_IN } from '../users/built-in-templates-data.ts';
import { listTeam, type UserRow } from '../users/user-queries.ts';
import {
  archiveServiceParts,
  findNamesake,
  findServiceRecord,
  insertServiceRecord,
  recordService,
  type ServiceRecord,
  updateServiceRecord,
} from './service-record-queries.ts';

export const SERVICE_PERMISSIONS = [
  'email',
  'sms',
  'letter',
  'international_sms',
  'inbound_sms',
  'email_auth',
  'edit_folder_permissions',
  'international_letters',
  'sms_to_uk_landlines',
] as const;

const FIRST_PERMISSIONS = ['sms', 'email', 'letter', 'international_sms', 'international_letters'];

export interface NewService {
  /** Made up here without one. */
  id?: string;
  name: string;
  /** Its first member, whose address says which organisation it belongs to. */
  creator: UserRow;
  /** Who asked for it; the first member without one. */
  createdById?: string;
  isRestricted: boolean;
  isActive: boolean;
  organisationType: string | null;
  limits: { email: number; sms: number; letter: number; internationalSms: number };
}

/** Somebody has a service of this name, or one whose sending address is the same. */
export class DuplicateServiceName extends Error {
  readonly serviceName: string;

  constructor(serviceName: string) {
    super('The name of the service is taken');
    this.name = 'DuplicateServiceName';
    this.serviceName = serviceName;
  }
}

/** A new tenant with its first member, permissions, sender and organisation: internals section 3.4.4. */
export async function createService(ctx: NotifyContext, service: NewService): Promise<string> {
  const id = service.id ?? randomUUID();
  const now = ctx.clock.now();
  await refusingDuplicates(service.name, () =>
    ctx.db.kysely.transaction().execute(async (trx) => {
      const organisation = await findOrganisationOf(trx, service);
      const normalised = await freeName(trx, id, service.name);
      await insertServiceRecord(
        trx,
        {
          id,
          name: service.name,
          normalised_service_name: normalised,
          email_sender_local_part: normalised,
          active: service.isActive,
          restricted: service.isRestricted,
          permissions: FIRST_PERMISSIONS,
          email_message_limit: service.limits.email,
          sms_message_limit: service.limits.sms,
          letter_message_limit: service.limits.letter,
          international_sms_message_limit: service.limits.internationalSms,
          ...organisationFields(organisation, service),
          count_as_live: !service.creator.platform_admin,
          created_by_id: service.createdById ?? service.creator.id,
        },
        now,
      );
      const member = { serviceId: id, userId: service.creator.id };
      await insertMember(trx, id, service.creator.id);
      await replacePermissions(
        trx,
        member,
        USER_PERMISSIONS.filter((name) => name !== 'platform_admin'),
      );
      const sender = { id: randomUUID(), text: ctx.config.fromNumber.slice(0, 11), is_default: true };
      await replaceSenders(trx, 'sms_senders', id, [sender], now);
      await recordService(trx, id, now);
    }),
  );
  return id;
}

/** Changes by column; names are columns. Telling everybody is part of going live. */
export async function changeService(
  ctx: NotifyContext,
  id: string,
  changes: Partial<ServiceRecord>,
  correlationId: string,
): Promise<void> {
  const now = ctx.clock.now();
  await refusingDuplicates(changes.name ?? '', () =>
    ctx.db.kysely.transaction().execute(async (trx) => {
      const stored = await findServiceRecord(trx, id, true);
      if (!stored) return;
      const names = await newNames(trx, stored, changes);
      await updateServiceRecord(trx, id, { ...changes, ...names }, now);
      await recordService(trx, id, now);
      if (stored.restricted && changes.restricted === false) await tellTeam(ctx, trx, stored, correlationId);
    }),
  );
  ctx.services.clear();
}

/** Ends a service for good: its name, templates and keys are no longer in use. A repeated call changes nothing. */
export async function archiveService(ctx: NotifyContext, id: string): Promise<void> {
  const now = ctx.clock.now();
  const stamp = now.toISOString().slice(0, 19).replace('T', '-');
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const stored = await findServiceRecord(trx, id, true);
    if (!stored?.active) return;
    const name = `_archived_${stamp}_${stored.name}`;
    const normalised = emailSenderLocalPart(name);
    await updateServiceRecord(
      trx,
      id,
      { active: false, name, normalised_service_name: normalised, email_sender_local_part: normalised },
      now,
    );
    await archiveServiceParts(trx, id, now);
    await recordService(trx, id, now);
  });
  ctx.services.clear();
  ctx.templates.clear();
}

async function newNames(handle: Handle, stored: ServiceRecord, changes: Partial<ServiceRecord>) {
  const name = changes.name ?? stored.name;
  const custom =
    changes.custom_email_sender_name === undefined
      ? stored.custom_email_sender_name
      : changes.custom_email_sender_name;
  if (name === stored.name && custom === stored.custom_email_sender_name) return {};
  const normalised =
    name === stored.name ? emailSenderLocalPart(name) : await freeName(handle, stored.id, name);
  return {
    normalised_service_name: normalised,
    email_sender_local_part: custom ? emailSenderLocalPart(custom) : normalised,
  };
}

async function freeName(handle: Handle, id: string, name: string): Promise<string> {
  const normalised = emailSenderLocalPart(name);
  if (await findNamesake(handle, { name, normalised, exceptId: id })) throw new DuplicateServiceName(name);
  return normalised;
}

/** Two services that take one name at the same time: the constraint lets one through. */
async function refusingDuplicates<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint !== 'services_name_key' && constraint !== 'services_normalised_service_name_key')
      throw error;
    throw new DuplicateServiceName(name);
  }
}

const CROWN_BY_TYPE: Record<string, boolean> = {
  nhs_central: true,
  local: false,
  nhs_local: false,
  nhs_gp: false,
  nhs_notify: false,
  emergency_service: false,
  school_or_college: false,
};

/** By the domain of whoever creates the service; services of one kind have an organisation of their own. */
async function findOrganisationOf(handle: Handle, service: NewService): Promise<OrganisationRow | undefined> {
  if (service.organisationType === 'nhs_notify') return findOrganisation(handle, NHS_NOTIFY_ORGANISATION_ID);
  return findOrganisationByDomain(handle, organisationDomainsOf(service.creator.email_address));
}

function organisationFields(organisation: OrganisationRow | undefined, service: NewService) {
  const { organisationType: type, creator } = service;
  if (organisation) {
    return {
      organisation_id: organisation.id,
      organisation_type: organisation.organisation_type ?? type,
      crown: organisation.crown,
      email_branding_id: organisation.email_branding_id,
      letter_branding_id: organisation.letter_branding_id,
    };
  }
  const isNhs =
    (type !== null && NHS_TYPES.includes(type)) || /[@.]nhs\.(?:uk|net)$/i.test(creator.email_address);
  return {
    organisation_id: null,
    organisation_type: type,
    crown: type === null ? null : (CROWN_BY_TYPE[type] ?? null),
    email_branding_id: isNhs ? NHS_EMAIL_BRAND_ID : null,
    letter_branding_id: isNhs ? NHS_LETTER_BRAND_ID : null,
  };
}

async function tellTeam(
  ctx: NotifyContext,
  trx: Handle,
  service: ServiceRecord,
  correlationId: string,
): Promise<void> {
  for (const member of await listTeam(trx, service.id)) {
    if (member.state !== 'active') continue;
    await sendBuiltIn(ctx, trx, {
      templateId: BUILT_IN.serviceNowLive,
      to: member.email_address,
      personalisation: { name: member.name, service_name: service.name },
      correlationId,
    });
  }
}
