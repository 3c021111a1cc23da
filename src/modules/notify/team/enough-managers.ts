// Who may leave a team or lose the right to manage it: internals section 7.5.
import type { Handle } from '#platform/db';
import type { UserRow } from '../users/user-queries.ts';
import { findKnownDomains, findTrialState, lockMembers, type Manager } from './member-queries.ts';

/** Domains of public bodies, besides those that organisations have named. */
const GOVERNMENT_DOMAINS = [
  'gov.uk',
  'gov.scot',
  'gov.wales',
  'llyw.cymru',
  'mod.uk',
  'nhs.uk',
  'nhs.net',
  'parliament.uk',
  'parliament.scot',
  'police.uk',
  'judiciary.uk',
  'cjsm.net',
  'ac.uk',
];

/** `permissions` is what the member would have afterwards; undefined when they are to leave. */
export async function mayChangeMember(
  handle: Handle,
  serviceId: string,
  userId: string,
  permissions: readonly string[] | undefined,
): Promise<boolean> {
  const members = await lockMembers(handle, serviceId);
  const isLeaving = permissions === undefined;
  const member = members.find((one) => one.user_id === userId);
  if (!member) return true;
  if (isLeaving && members.length === 1) return false;
  const losesSettings = member.has_manage_settings && !permissions?.includes('manage_settings');
  if (!losesSettings) return true;
  const managers = await findGovernmentManagers(handle, members);
  if (!managers.includes(userId)) return true;
  const state = await findTrialState(handle, serviceId);
  const fewest = state?.restricted && !state.has_active_go_live_request ? 1 : 2;
  return managers.length - 1 >= fewest;
}

/** Whether somebody may leave each of their active services. */
export async function mayLeaveEverything(handle: Handle, user: UserRow): Promise<boolean> {
  for (const serviceId of user.services) {
    if (!(await mayChangeMember(handle, serviceId, user.id, undefined))) return false;
  }
  return true;
}

async function findGovernmentManagers(handle: Handle, members: readonly Manager[]): Promise<string[]> {
  const managers = members.filter((member) => member.has_manage_settings);
  const domains = managers.flatMap((manager) => domainsOf(manager.email_address));
  const known = new Set([...GOVERNMENT_DOMAINS, ...(await findKnownDomains(handle, domains))]);
  return managers
    .filter((manager) => domainsOf(manager.email_address).some((domain) => known.has(domain)))
    .map((manager) => manager.user_id);
}

/** The domains that an organisation may be known by: those of the old secure network are the same without it. */
export function organisationDomainsOf(emailAddress: string): string[] {
  return domainsOf(emailAddress.toLowerCase().replace(/\.gsi\.gov\.uk$/, '.gov.uk'));
}

/** The domain of an address and those above it, the longest first. */
export function domainsOf(emailAddress: string): string[] {
  const labels = emailAddress
    .slice(emailAddress.lastIndexOf('@') + 1)
    .toLowerCase()
    .split('.');
  return labels.map((_label, place) => labels.slice(place).join('.')).slice(0, -1);
}
