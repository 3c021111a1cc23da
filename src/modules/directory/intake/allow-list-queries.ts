import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface AllowedAddress {
  name: string;
  /** Null: goes with the next application. */
  wanted: string | null;
  /** Null: not in force yet. */
  applied: string | null;
}

export async function selectAllowedAddresses(handle: Handle, environment: string): Promise<AllowedAddress[]> {
  const { rows } = await sql<AllowedAddress>`
    select name, wanted_cidr as wanted, applied_cidr as applied from directory.allowed_addresses
    where shared_environment = ${environment} order by name
  `.execute(handle);
  return rows;
}

export async function upsertWantedAddress(
  handle: Handle,
  environment: string,
  { name, cidr }: { name: string; cidr: string },
): Promise<void> {
  await sql`
    insert into directory.allowed_addresses (shared_environment, name, wanted_cidr)
    values (${environment}, ${name}, ${cidr})
    on conflict (shared_environment, name) do update set wanted_cidr = excluded.wanted_cidr
  `.execute(handle);
}

/** False when no address has that name. */
export async function unwantAddress(handle: Handle, environment: string, name: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update directory.allowed_addresses set wanted_cidr = null
    where shared_environment = ${environment} and name = ${name} and wanted_cidr is not null
  `.execute(handle);
  return numAffectedRows === 1n;
}

export async function applyWantedAddresses(handle: Handle, environment: string): Promise<void> {
  await sql`
    delete from directory.allowed_addresses where shared_environment = ${environment} and wanted_cidr is null
  `.execute(handle);
  await sql`
    update directory.allowed_addresses set applied_cidr = wanted_cidr
    where shared_environment = ${environment} and applied_cidr is distinct from wanted_cidr
  `.execute(handle);
}
