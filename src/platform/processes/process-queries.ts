import { sql } from 'kysely';
import type { Handle } from '#platform/db';

export interface RunningProcess {
  id: string;
  role: string;
  host: string;
  pid: number;
  version: string;
  startedAt: Date;
  seenAt: Date;
  metrics: unknown;
}

/** Processes that renewed their row within `seconds`. */
export async function listProcesses(handle: Handle, seconds: number): Promise<RunningProcess[]> {
  const result = await sql<RunningProcess>`
    select id, role, host, pid, version, started_at as "startedAt", seen_at as "seenAt", metrics
    from platform.processes
    where seen_at > now() - make_interval(secs => ${seconds})
    order by role, started_at
  `.execute(handle);
  return result.rows;
}

export async function renewProcess(
  handle: Handle,
  process: { id: string; role: string; host: string; pid: number; version: string; metrics: string },
): Promise<void> {
  await sql`
    insert into platform.processes (id, role, host, pid, version, started_at, seen_at, metrics)
    values (${process.id}, ${process.role}, ${process.host}, ${process.pid}, ${process.version}, now(), now(),
      ${process.metrics}::jsonb)
    on conflict (id) do update set seen_at = now(), metrics = excluded.metrics
  `.execute(handle);
}

/** Removes one process, and those that have been silent for a day. */
export async function forgetProcess(handle: Handle, id: string): Promise<void> {
  await sql`
    delete from platform.processes where id = ${id} or seen_at < now() - interval '1 day'
  `.execute(handle);
}
