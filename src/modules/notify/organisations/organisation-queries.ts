import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export const ORGANISATION_TYPES = [
  'central',
  'local',
  'nhs_central',
  'nhs_local',
  'nhs_gp',
  'nhs_notify',
  'emergency_service',
  'school_or_college',
  'other',
] as const;

export interface OrganisationRow {
  id: string;
  name: string;
  active: boolean;
  crown: boolean | null;
  organisation_type: string | null;
  email_branding_id: string | null;
  letter_branding_id: string | null;
  agreement_signed: boolean | null;
  agreement_signed_at: Date | null;
  agreement_signed_by_id: string | null;
  agreement_signed_on_behalf_of_name: string | null;
  agreement_signed_on_behalf_of_email_address: string | null;
  agreement_signed_version: number | null;
  domains: string[];
  request_to_go_live_notes: string | null;
  count_of_live_services: number;
  notes: string | null;
  purchase_order_number: string | null;
  billing_contact_names: string | null;
  billing_contact_email_addresses: string | null;
  billing_reference: string | null;
  can_approve_own_go_live_requests: boolean;
  permissions: string[];
}

const COLUMNS = sql`o.id, o.name, o.active, o.crown, o.organisation_type, o.email_branding_id, o.letter_branding_id,
  o.agreement_signed, o.agreement_signed_at,
  o.agreement_signed_by_id, o.agreement_signed_on_behalf_of_name, o.agreement_signed_on_behalf_of_email_address,
  o.agreement_signed_version, o.request_to_go_live_notes, o.notes, o.purchase_order_number, o.billing_contact_names,
  o.billing_contact_email_addresses, o.billing_reference, o.can_approve_own_go_live_requests, o.permissions,
  array(select d.domain from notify.organisation_domains d where d.organisation_id = o.id order by d.domain) as domains,
  (select count(*)::int from notify.services s
    where s.organisation_id = o.id and s.active and not s.restricted and s.count_as_live) as count_of_live_services`;

export async function findOrganisation(handle: Handle, id: string): Promise<OrganisationRow | undefined> {
  const { rows } = await sql<OrganisationRow>`
    select ${COLUMNS} from notify.organisations o where o.id = ${id}`.execute(handle);
  return rows[0];
}

/** Active ones first, by name. */
export async function listOrganisations(handle: Handle, name?: string): Promise<OrganisationRow[]> {
  const { rows } = await sql<OrganisationRow>`
    select ${COLUMNS} from notify.organisations o
    where ${name === undefined ? sql`true` : sql`position(lower(${name}) in lower(o.name)) > 0`}
    order by o.active desc, o.name`.execute(handle);
  return rows;
}

/** The organisation with the first of `domains` that one has; the longest comes first. */
export async function findOrganisationByDomain(
  handle: Handle,
  domains: readonly string[],
): Promise<OrganisationRow | undefined> {
  const { rows } = await sql<OrganisationRow>`
    select ${COLUMNS} from notify.organisation_domains w join notify.organisations o on o.id = w.organisation_id
    where w.domain = any(${[...domains]}::text[]) and o.active
    order by length(w.domain) desc limit 1`.execute(handle);
  return rows[0];
}

export async function insertOrganisation(
  handle: Handle,
  organisation: {
    id: string;
    name: string;
    crown: boolean | null;
    organisation_type: string;
    active: boolean;
  },
  now: Date,
): Promise<void> {
  await sql`
    insert into notify.organisations (id, name, crown, organisation_type, active, created_at)
    values (${organisation.id}, ${organisation.name}, ${organisation.crown}, ${organisation.organisation_type},
      ${organisation.active}, ${now})`.execute(handle);
}

/** Sets the columns that `changes` names; false when there is no such organisation. */
export async function updateOrganisation(
  handle: Handle,
  id: string,
  changes: Record<string, unknown>,
  now: Date,
): Promise<boolean> {
  const sets = Object.keys(changes).map((name) => sql`${sql.id(name)} = c.${sql.id(name)}`);
  const { numAffectedRows } = await sql`
    update notify.organisations o
    set ${sets.length === 0 ? sql`` : sql`${sql.join(sets)},`} updated_at = ${now}
    from json_populate_record(null::notify.organisations, ${JSON.stringify(changes)}::json) c
    where o.id = ${id}`.execute(handle);
  return numAffectedRows === 1n;
}

export async function replaceDomains(handle: Handle, id: string, domains: readonly string[]): Promise<void> {
  await sql`delete from notify.organisation_domains where organisation_id = ${id}`.execute(handle);
  await sql`
    insert into notify.organisation_domains (domain, organisation_id)
    select distinct lower(domain), ${id}::uuid from unnest(${[...domains]}::text[]) as domain`.execute(
    handle,
  );
}

/** What an organisation decides for its services. */
export async function propagateToServices(
  handle: Handle,
  id: string,
  values: { organisation_type?: string | null; crown?: boolean | null },
): Promise<void> {
  const sets = Object.keys(values).map((name) => sql`${sql.id(name)} = c.${sql.id(name)}`);
  if (sets.length === 0) return;
  await sql`
    update notify.services s set ${sql.join(sets)}
    from json_populate_record(null::notify.services, ${JSON.stringify(values)}::json) c
    where s.organisation_id = ${id}`.execute(handle);
}

export async function listServiceIds(handle: Handle, id: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from notify.services where organisation_id = ${id} order by id`.execute(handle);
  return rows.map((row) => row.id);
}

export async function findArchiveObstacles(
  handle: Handle,
  id: string,
): Promise<{ services: boolean; people: boolean }> {
  const { rows } = await sql<{ services: boolean; people: boolean }>`
    select
      exists (select 1 from notify.services where organisation_id = ${id} and active) as services,
      exists (select 1 from notify.user_to_organisation where organisation_id = ${id})
        or exists (select 1 from notify.invited_organisation_users
          where organisation_id = ${id} and status = 'pending') as people`.execute(handle);
  return rows[0] ?? { services: false, people: false };
}

export async function insertOrganisationMember(
  handle: Handle,
  member: { organisationId: string; userId: string; permissions: readonly string[] },
): Promise<void> {
  await sql`
    insert into notify.user_to_organisation (organisation_id, user_id, permissions)
    values (${member.organisationId}, ${member.userId}, ${[...member.permissions]})
    on conflict (organisation_id, user_id) do update set permissions = excluded.permissions`.execute(handle);
}

export async function setOrganisationPermissions(
  handle: Handle,
  member: { organisationId: string; userId: string; permissions: readonly string[] },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.user_to_organisation set permissions = ${[...member.permissions]}
    where organisation_id = ${member.organisationId} and user_id = ${member.userId}`.execute(handle);
  return numAffectedRows === 1n;
}

export async function deleteOrganisationMember(
  handle: Handle,
  organisationId: string,
  userId: string,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from notify.user_to_organisation
    where organisation_id = ${organisationId} and user_id = ${userId}`.execute(handle);
  return numAffectedRows === 1n;
}

export async function leaveOrganisations(handle: Handle, userId: string): Promise<void> {
  await sql`delete from notify.user_to_organisation where user_id = ${userId}`.execute(handle);
}

/** How many organisations there are for the public counter. */
export async function countOrganisations(handle: Handle): Promise<number> {
  const { rows } = await sql<{ organisations: number }>`
    select count(distinct organisation_id)::int as organisations from notify.services
    where active and not restricted and count_as_live and organisation_id is not null`.execute(handle);
  return rows[0]?.organisations ?? 0;
}
