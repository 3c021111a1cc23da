import type { Handle } from '#platform/db';
import { insertAudit, selectAudit } from './audit-queries.ts';

/** Who did something: a person in the console, someone at the command line, or Signalbox itself. */
export interface Actor {
  kind: 'operator' | 'cli' | 'system';
  id: string;
  name: string;
}

export interface AuditEntry {
  actor: Actor;
  /** `noun.past`: `job.retried`, `operator.disabled`. */
  action: string;
  /** What it was done to, as `kind:id`. */
  target: string;
  details?: object;
}

/** Writes on the caller's handle, so the entry commits with the change it tells of. */
export type AuditWriter = (handle: Handle, entry: AuditEntry) => Promise<void>;

export interface RecordedAudit {
  id: string;
  at: Date;
  actor: Actor;
  action: string;
  target: string;
  details: Record<string, unknown>;
}

export interface AuditFilter {
  /** The beginning of an actor's name, an action or a target. */
  text?: string;
  since?: Date;
  until?: Date;
}

export const recordAudit: AuditWriter = async (handle, entry) => {
  const { actor, action, target, details } = entry;
  await insertAudit(handle, {
    actor_kind: actor.kind,
    actor_id: actor.id,
    actor_name: actor.name,
    action,
    target,
    details: JSON.stringify(details ?? {}),
  });
};

/** One page of the audit log, newest first; pass `next` back as `after`. */
export async function searchAudit(
  handle: Handle,
  filter: AuditFilter,
  page: { after?: string; limit: number },
): Promise<{ entries: RecordedAudit[]; next?: string }> {
  const after = page.after === undefined ? undefined : parseCursor(page.after);
  const rows = await selectAudit(handle, { ...filter, after, limit: page.limit + 1 });
  const entries = rows.slice(0, page.limit).map((row) => ({
    id: row.id,
    at: row.at,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    action: row.action,
    target: row.target,
    details: row.details,
  }));
  const last = entries.at(-1);
  return rows.length > page.limit && last
    ? { entries, next: `${last.at.toISOString()}_${last.id}` }
    : { entries };
}

/** An unusable cursor (a bookmark cut short) starts again at the newest entry. */
function parseCursor(text: string): { at: Date; id: string } | undefined {
  const [time = '', id = ''] = text.split('_');
  const at = new Date(time);
  return Number.isNaN(at.getTime()) || !/^\d{1,18}$/.test(id) ? undefined : { at, id };
}
