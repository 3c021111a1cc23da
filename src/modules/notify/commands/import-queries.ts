import { sql } from 'kysely';
import type { Handle } from '#platform/db';

/** Brands by their names; null for what there is not. */
export async function findBrands(
  handle: Handle,
  names: { email: string; letter: string },
): Promise<{ email: string | null; letter: string | null }> {
  const { rows } = await sql<{ email: string | null; letter: string | null }>`
    select (select id from notify.email_brands where name = ${names.email}) as email,
      (select id from notify.letter_brands where name = ${names.letter}) as letter`.execute(handle);
  return rows[0] ?? { email: null, letter: null };
}

/** Returns false when an organisation has the name. */
export async function insertImportedOrganisation(
  handle: Handle,
  organisation: {
    id: string;
    name: string;
    type: string;
    crown: boolean | null;
    isAgreementSigned: boolean | null;
    emailBrandId: string | null;
    letterBrandId: string | null;
    now: Date;
  },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into notify.organisations (id, name, organisation_type, crown, agreement_signed, email_branding_id,
      letter_branding_id, created_at)
    values (${organisation.id}, ${organisation.name}, ${organisation.type}, ${organisation.crown},
      ${organisation.isAgreementSigned}, ${organisation.emailBrandId}, ${organisation.letterBrandId},
      ${organisation.now})
    on conflict (name) do nothing`.execute(handle);
  return numAffectedRows === 1n;
}

/** Gives domains to an organisation that nobody has yet; returns those it got. */
export async function claimDomains(
  handle: Handle,
  organisationName: string,
  domains: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ domain: string }>`
    insert into notify.organisation_domains (domain, organisation_id)
    select distinct lower(domain), o.id
    from notify.organisations o cross join unnest(${[...domains]}::text[]) as domain
    where o.name = ${organisationName}
    on conflict (domain) do nothing returning domain`.execute(handle);
  return rows.map(({ domain }) => domain);
}

/** Returns false when there is no such organisation. */
export async function setAgreement(
  handle: Handle,
  agreement: {
    organisationId: string;
    version: number;
    onBehalfOf: string | null;
    signedAt: Date;
    now: Date;
  },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notify.organisations
    set agreement_signed = true, agreement_signed_version = ${agreement.version},
      agreement_signed_on_behalf_of_name = ${agreement.onBehalfOf}, agreement_signed_at = ${agreement.signedAt},
      updated_at = ${agreement.now}
    where id = ${agreement.organisationId}`.execute(handle);
  return numAffectedRows === 1n;
}

/** Active services that belong to no organisation, with the address of whoever made them. */
export async function findServicesWithoutOrganisation(
  handle: Handle,
): Promise<{ id: string; name: string; email_address: string }[]> {
  const { rows } = await sql<{ id: string; name: string; email_address: string }>`
    select s.id, s.name, u.email_address
    from notify.services s join notify.users u on u.id = s.created_by_id
    where s.organisation_id is null order by s.created_at, s.id`.execute(handle);
  return rows;
}
