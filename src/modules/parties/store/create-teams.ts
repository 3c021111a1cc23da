import { createGroupCommit, type Database, type GroupCommit, sqlState } from '#platform/db';
import type { ModuleRegister } from '#platform/events';
import { aliasOf, type ProductTeam } from '../domain/product-team.ts';
import { teamBody } from '../responses/bodies.ts';
import type { ChangeOrigin } from './change.ts';
import type { StatementTarget } from './named-statement.ts';
import { insertTeams } from './team-queries.ts';

export interface TeamCreation {
  team: ProductTeam;
  origin: ChangeOrigin;
  /** Set once the team is durable, or refused because its alias is taken. */
  outcome?: { created: true; body: string } | { created: false };
}

/** Most teams of one statement. */
const LARGEST_GROUP = 200;
const UNIQUE_VIOLATION = '23505';

/** Teams that are created at about the same time share a statement; each is answered after its own commit. */
export function createTeamIntake(db: Database, register: ModuleRegister): GroupCommit<TeamCreation> {
  return createGroupCommit<TeamCreation>({
    db,
    maxItems: LARGEST_GROUP,
    isOneStatement: true,
    commit: (_handle, items) => insertTeamCreations(db, register, items),
  });
}

/** Writes teams and sets the outcome of each. */
export async function insertTeamCreations(
  target: StatementTarget,
  register: ModuleRegister,
  items: TeamCreation[],
): Promise<void> {
  const rows = items.map(({ team, origin }) => ({
    id: team.id,
    name: team.name,
    ods_code: team.odsCode,
    created_on: team.createdOn,
    keys: team.keys,
    alias: aliasOf(team),
    body: teamBody(team),
    application: origin.application,
    correlation_id: origin.correlationId,
  }));
  const inserted = new Set(await insertTeams(target, register, rows));
  for (const [index, item] of items.entries()) {
    const body = rows[index]?.body ?? '';
    item.outcome = inserted.has(item.team.id) ? { created: true, body } : { created: false };
  }
}

/** A generated id that something else already has, as only another random UUID or a caller's alias could. */
export function isTakenId(error: unknown): boolean {
  return sqlState(error) === UNIQUE_VIOLATION;
}
