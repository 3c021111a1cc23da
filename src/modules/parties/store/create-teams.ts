import { createGroupCommit, type Database, type GroupCommit, type Handle, sqlState } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import { teamCreated } from '../domain/domain-events.ts';
import { aliasOf, type ProductTeam } from '../domain/product-team.ts';
import { teamBody } from '../responses/bodies.ts';
import { type ChangeOrigin, recordChanges } from './change.ts';
import { insertTeams } from './team-queries.ts';

export interface TeamCreation {
  team: ProductTeam;
  origin: ChangeOrigin;
  /** Set once the team is durable, or refused because its alias is taken. */
  outcome?: { created: true; body: string } | { created: false };
}

/** Most teams of one transaction. */
const LARGEST_GROUP = 200;
const UNIQUE_VIOLATION = '23505';

/** Teams that are created at about the same time share a transaction; each is answered after its own commit. */
export function createTeamIntake(db: Database, register: ModuleRegister): GroupCommit<TeamCreation> {
  return createGroupCommit<TeamCreation>({
    db,
    maxItems: LARGEST_GROUP,
    commit: (handle, items) => insertTeamCreations(handle, register, items),
  });
}

/** Writes teams on the caller's transaction and sets the outcome of each. */
export async function insertTeamCreations(
  handle: Handle,
  register: ModuleRegister,
  items: TeamCreation[],
): Promise<void> {
  const bodies = new Map(items.map(({ team }) => [team.id, teamBody(team)]));
  const inserted = new Set(
    await insertTeams(
      handle,
      items.map(({ team }) => ({
        id: team.id,
        name: team.name,
        ods_code: team.odsCode,
        created_on: team.createdOn,
        keys: team.keys,
        alias: aliasOf(team),
        body: bodies.get(team.id) ?? '',
      })),
    ),
  );
  const created = items.filter(({ team }) => inserted.has(team.id));
  await recordChanges(
    handle,
    register,
    created.map(({ team, origin }) => ({ event: teamCreated(team), origin })),
  );
  for (const item of items) {
    const body = bodies.get(item.team.id) ?? '';
    item.outcome = inserted.has(item.team.id) ? { created: true, body } : { created: false };
  }
}

/** A generated id that something else already has, as only another random UUID or a caller's alias could. */
export function isTakenId(error: unknown): boolean {
  return sqlState(error) === UNIQUE_VIOLATION;
}
