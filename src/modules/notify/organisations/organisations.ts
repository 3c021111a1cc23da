// Organisations and what they decide for their services: internals section 3.4.13.
import { randomUUID } from 'node:crypto';
import { type Handle, violatedConstraint } from '#platform/db';
import { addToPool, type BrandKind, giveDefaultBrand } from '../branding/brand-use-queries.ts';
import { financialYearOf, londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { findDefaultAllowance, readAllowance, setCustomAllowance } from '../facts/allowance-queries.ts';
import { recordService, updateServiceRecord } from '../service-settings/service-record-queries.ts';
import { findUser } from '../users/user-queries.ts';
import { mailAgreementSigned } from './agreement-mails.ts';
import {
  findArchiveObstacles,
  findOrganisation,
  insertOrganisation,
  listServiceIds,
  type OrganisationRow,
  propagateToServices,
  replaceDomains,
  updateOrganisation,
} from './organisation-queries.ts';

/** Fixed identifiers: internals appendix D. */
export const NHS_EMAIL_BRAND_ID = 'a7dc4e56-660b-4db7-8cff-12c37b12b5ea';
export const NHS_LETTER_BRAND_ID = '2cd354bb-6b85-eda3-c0ad-6b613150459f';
export const NHS_NOTIFY_ORGANISATION_ID = '477f8870-af2b-4b81-9a2c-1fad12028919';

/** Kinds of bodies that carry the marks of the NHS. */
export const NHS_TYPES: readonly string[] = ['nhs_central', 'nhs_local', 'nhs_gp'];

/** Why an organisation was not changed, in the words of the contract. */
export class OrganisationRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OrganisationRefusal';
  }
}

export interface NewOrganisation {
  name: string;
  crown: boolean | null;
  organisation_type: string;
  active: boolean;
}

/** Returns the id of the new organisation; bodies of the NHS have its brands from the start. */
export async function createOrganisation(ctx: NotifyContext, organisation: NewOrganisation): Promise<string> {
  const id = randomUUID();
  const now = ctx.clock.now();
  await refusingDuplicates(() =>
    ctx.db.kysely.transaction().execute(async (trx) => {
      await insertOrganisation(trx, { ...organisation, id }, now);
      if (!NHS_TYPES.includes(organisation.organisation_type)) return;
      const brands = { email_branding_id: NHS_EMAIL_BRAND_ID, letter_branding_id: NHS_LETTER_BRAND_ID };
      await updateOrganisation(trx, id, brands, now);
      await setDefaultBrand(trx, 'email', id, NHS_EMAIL_BRAND_ID);
      await setDefaultBrand(trx, 'letter', id, NHS_LETTER_BRAND_ID);
    }),
  );
  return id;
}

export interface OrganisationChanges {
  /** Columns by their names. */
  columns: Record<string, unknown> & {
    organisation_type?: string | null;
    crown?: boolean | null;
    email_branding_id?: string | null;
    letter_branding_id?: string | null;
    agreement_signed?: boolean | null;
    agreement_signed_by_id?: string | null;
  };
  /** All of them: those not named are taken away. */
  domains: readonly string[] | undefined;
  /** All of them; with these nothing else is changed. */
  permissions: readonly string[] | undefined;
}

/** Changes an organisation, its services where they follow it, and tells who signed an agreement. */
export async function changeOrganisation(
  ctx: NotifyContext,
  id: string,
  { columns, domains, permissions }: OrganisationChanges,
  correlationId: string,
): Promise<void> {
  const now = ctx.clock.now();
  await refusingDuplicates(() =>
    ctx.db.kysely.transaction().execute(async (trx) => {
      if (permissions !== undefined) {
        await updateOrganisation(trx, id, { permissions }, now);
        return;
      }
      await updateOrganisation(trx, id, columns, now);
      if (domains !== undefined) await replaceDomains(trx, id, domains);
      await changeServices(ctx, trx, id, columns);
      if (columns.agreement_signed !== true || !columns.agreement_signed_by_id) return;
      const signer = await findUser(trx, columns.agreement_signed_by_id);
      const organisation = await findOrganisation(trx, id);
      if (signer && organisation)
        await mailAgreementSigned(ctx, trx, { organisation, signer, correlationId });
    }),
  );
  ctx.services.clear();
}

/** Ends an organisation; a repeated call changes nothing. */
export async function archiveOrganisation(ctx: NotifyContext, organisation: OrganisationRow): Promise<void> {
  const now = ctx.clock.now();
  const stamp = now.toISOString().slice(0, 19).replace('T', '-');
  await ctx.db.kysely.transaction().execute(async (trx) => {
    const { services, people } = await findArchiveObstacles(trx, organisation.id);
    if (services) throw new OrganisationRefusal('Cannot archive an organisation with active services');
    if (people) {
      throw new OrganisationRefusal(
        'Cannot archive an organisation with team members or invited team members',
      );
    }
    if (!organisation.active) return;
    await replaceDomains(trx, organisation.id, []);
    const name = `_archived_${stamp}_${organisation.name}`;
    const changes = { active: false, name, email_branding_id: null, letter_branding_id: null };
    await updateOrganisation(trx, organisation.id, changes, now);
  });
}

/** A service becomes one of the organisation's, with its type and the allowance that goes with it. */
export async function linkService(
  ctx: NotifyContext,
  organisation: OrganisationRow,
  serviceId: string,
): Promise<void> {
  const now = ctx.clock.now();
  const { id, crown, organisation_type } = organisation;
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await updateServiceRecord(trx, serviceId, { organisation_id: id, crown, organisation_type }, now);
    await recordService(trx, serviceId, now);
    await resetAllowance(ctx, trx, serviceId);
  });
}

async function changeServices(
  ctx: NotifyContext,
  trx: Handle,
  id: string,
  columns: OrganisationChanges['columns'],
): Promise<void> {
  const {
    organisation_type: type,
    crown,
    email_branding_id: emailId,
    letter_branding_id: letterId,
  } = columns;
  await propagateToServices(trx, id, {
    ...(type === undefined ? {} : { organisation_type: type }),
    ...(crown === undefined ? {} : { crown }),
  });
  if (type !== undefined) {
    for (const serviceId of await listServiceIds(trx, id)) await resetAllowance(ctx, trx, serviceId);
  }
  if (emailId) await setDefaultBrand(trx, 'email', id, emailId);
  if (letterId) await setDefaultBrand(trx, 'letter', id, letterId);
}

async function setDefaultBrand(trx: Handle, kind: BrandKind, id: string, brandId: string): Promise<void> {
  await addToPool(trx, kind, id, [brandId]);
  await giveDefaultBrand(trx, kind, id, brandId);
}

/** The allowance of this year as the service's type has it; one that is not there yet is made from the type anyway. */
async function resetAllowance(ctx: NotifyContext, trx: Handle, serviceId: string): Promise<void> {
  const now = ctx.clock.now();
  const year = financialYearOf(londonDay(now));
  const known = await readAllowance(trx, serviceId, year);
  if (!known || known.high_volume_service_last_year) return;
  const limit = await findDefaultAllowance(trx, serviceId, year);
  await setCustomAllowance(trx, { serviceId, year, limit, isCustom: false, now });
}

async function refusingDuplicates(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'organisations_name_key')
      throw new OrganisationRefusal('Organisation name already exists');
    if (constraint === 'organisation_domains_pkey') throw new OrganisationRefusal('Domain already exists');
    throw error;
  }
}
