import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { ReleaseRow } from '../tables.ts';

export interface ReleaseLink {
  linked: string | null;
  previous: string | null;
  draining: string | null;
  changedAt: Date;
  changedBy: string;
}

const LINK = sql`linked, previous, draining, changed_at as "changedAt", changed_by as "changedBy"`;

/** Undefined while releases are not in use. */
export async function selectReleaseLink(handle: Handle): Promise<ReleaseLink | undefined> {
  const { rows } = await sql<ReleaseLink>`select ${LINK} from directory.release_link`.execute(handle);
  return rows[0];
}

/** The link, which cannot be changed until the transaction ends. */
export async function holdReleaseLink(handle: Handle): Promise<ReleaseLink | undefined> {
  const { rows } = await sql<ReleaseLink>`select ${LINK} from directory.release_link for share`.execute(
    handle,
  );
  return rows[0];
}

/** The link to be changed: waits until nobody holds it. */
export async function lockReleaseLink(handle: Handle): Promise<ReleaseLink | undefined> {
  // Serialises changes also while there is no row to lock.
  await sql`lock table directory.releases in share row exclusive mode`.execute(handle);
  const { rows } = await sql<ReleaseLink>`select ${LINK} from directory.release_link for update`.execute(
    handle,
  );
  return rows[0];
}

export async function upsertReleaseLink(handle: Handle, link: ReleaseLink): Promise<void> {
  await sql`
    insert into directory.release_link (linked, previous, draining, changed_at, changed_by)
    values (${link.linked}, ${link.previous}, ${link.draining}, ${link.changedAt}, ${link.changedBy})
    on conflict (is_only) do update set linked = excluded.linked, previous = excluded.previous,
      draining = excluded.draining, changed_at = excluded.changed_at, changed_by = excluded.changed_by`.execute(
    handle,
  );
}

export async function deleteReleaseLink(handle: Handle): Promise<void> {
  await sql`delete from directory.release_link`.execute(handle);
}

export async function upsertRelease(handle: Handle, release: ReleaseRow): Promise<void> {
  await sql`
    insert into directory.releases (name, version, shared_environment, deployed_at, deployed_by)
    values (${release.name}, ${release.version}, ${release.shared_environment}, ${release.deployed_at},
      ${release.deployed_by})
    on conflict (name) do update set version = excluded.version, shared_environment = excluded.shared_environment,
      deployed_at = excluded.deployed_at, deployed_by = excluded.deployed_by`.execute(handle);
}

export async function deleteRelease(handle: Handle, name: string): Promise<void> {
  await sql`delete from directory.releases where name = ${name}`.execute(handle);
}

export async function selectReleases(handle: Handle): Promise<ReleaseRow[]> {
  const { rows } = await sql<ReleaseRow>`
    select name, version, shared_environment, deployed_at, deployed_by from directory.releases
    order by deployed_at, name`.execute(handle);
  return rows;
}

/** Says that a worker of a release is alive, and forgets those that have long been silent. */
export async function renewReleaseWorker(
  handle: Handle,
  worker: { id: string; release: string; version: string },
): Promise<void> {
  await sql`
    with gone as (delete from directory.release_workers where seen_at < now() - interval '1 hour')
    insert into directory.release_workers (id, release, version, seen_at)
    values (${worker.id}, ${worker.release}, ${worker.version}, now())
    on conflict (id) do update set seen_at = excluded.seen_at`.execute(handle);
}

export async function deleteReleaseWorker(handle: Handle, id: string): Promise<void> {
  await sql`delete from directory.release_workers where id = ${id}`.execute(handle);
}

/** How many workers of each release were alive within the last seconds. */
export async function countReleaseWorkers(
  handle: Handle,
  withinSeconds: number,
): Promise<Map<string, number>> {
  const { rows } = await sql<{ release: string; workers: number }>`
    select release, count(*)::int as workers from directory.release_workers
    where seen_at > now() - make_interval(secs => ${withinSeconds}) group by release`.execute(handle);
  return new Map(rows.map(({ release, workers }) => [release, workers]));
}
