import type { OrganisationRow } from '../organisations/organisation-queries.ts';
import { httpDate } from './times.ts';

/** An organisation as the admin website reads it: internals section 3.3. */
export function presentOrganisation(organisation: OrganisationRow) {
  return {
    id: organisation.id,
    name: organisation.name,
    active: organisation.active,
    crown: organisation.crown,
    organisation_type: organisation.organisation_type,
    letter_branding_id: organisation.letter_branding_id,
    email_branding_id: organisation.email_branding_id,
    agreement_signed: organisation.agreement_signed,
    agreement_signed_at: httpDate(organisation.agreement_signed_at),
    agreement_signed_by_id: organisation.agreement_signed_by_id,
    agreement_signed_on_behalf_of_name: organisation.agreement_signed_on_behalf_of_name,
    agreement_signed_on_behalf_of_email_address: organisation.agreement_signed_on_behalf_of_email_address,
    agreement_signed_version: organisation.agreement_signed_version,
    domains: organisation.domains,
    request_to_go_live_notes: organisation.request_to_go_live_notes,
    count_of_live_services: organisation.count_of_live_services,
    notes: organisation.notes,
    purchase_order_number: organisation.purchase_order_number,
    billing_contact_names: organisation.billing_contact_names,
    billing_contact_email_addresses: organisation.billing_contact_email_addresses,
    billing_reference: organisation.billing_reference,
    can_approve_own_go_live_requests: organisation.can_approve_own_go_live_requests,
    permissions: organisation.permissions,
  };
}

export function presentOrganisationInList(organisation: OrganisationRow) {
  return {
    name: organisation.name,
    id: organisation.id,
    active: organisation.active,
    count_of_live_services: organisation.count_of_live_services,
    domains: organisation.domains,
    organisation_type: organisation.organisation_type,
  };
}
