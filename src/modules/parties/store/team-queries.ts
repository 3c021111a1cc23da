import { type RawBuilder, sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { EventSource, ModuleRegister } from '#platform/events';
import type { ProductTeamKey } from '../domain/product-team.ts';
import { runStatement, type StatementTarget } from './named-statement.ts';

/** A team as it is written; `alias` is the one of `keys`, and `body` also is the payload of its event. */
export interface NewTeamRow {
  id: string;
  name: string;
  ods_code: string;
  created_on: string;
  keys: ProductTeamKey[];
  alias: string | null;
  body: string;
  application: string;
  correlation_id: string | null;
}

/**
 * Inserts teams with their identifiers and events, and gives back the ids of those inserted: not those whose alias is
 * taken, be it by a team's alias, by any team's generated id, or by another of the same call. Aliases go in order, so
 * that two calls with the same ones wait for each other instead of blocking each other. A generated id that is taken
 * fails the call. One statement, because round trips are what a creation mostly consists of.
 */
export async function insertTeams(
  target: StatementTarget,
  register: ModuleRegister,
  teams: NewTeamRow[],
): Promise<string[]> {
  const statement = {
    name: 'parties-insert-teams',
    build: (rows: string) => insertionOfTeams(register, rows),
  };
  const inserted = await runStatement(target, statement, JSON.stringify(teams));
  return inserted.map((row) => row.id);
}

function insertionOfTeams(register: ModuleRegister, teams: string): RawBuilder<{ id: string }> {
  return sql<{ id: string }>`
      with incoming as materialized (
        select * from json_to_recordset(${teams}::json) as team (
          id text, name text, ods_code text, created_on timestamptz, keys jsonb, alias text, body text,
          application text, correlation_id text
        )
      ),
      named as (
        insert into parties.identifiers (value, product_team_id, kind)
        select alias, id, 'alias' from incoming where alias is not null order by alias collate "C"
        on conflict do nothing
        returning product_team_id
      ),
      accepted as materialized (
        select * from incoming where alias is null or id in (select product_team_id from named)
      ),
      root as (
        insert into parties.identifiers (value, product_team_id, kind) select id, id, 'root' from accepted
      ),
      team as (
        insert into parties.product_teams (id, name, ods_code, created_on, keys, body)
        select id, name, ods_code, created_on, keys, body from accepted
      ),
      event as (
        insert into parties.domain_events
          (aggregate_type, aggregate_id, name, payload, occurred_at, application, correlation_id)
        select 'product_team', id, 'product_team_created_event', body::json, created_on, application, correlation_id
        from accepted
      ),
      registered as (${register.insertion(sql<EventSource>`
        select created_on as time, 'product_team.created' as name, correlation_id, array[id, ods_code] as subjects,
          json_build_object('application', application, 'ods_code', ods_code) as properties
        from accepted
      `)})
      select id from accepted
    `;
}

export interface LockedTeam {
  id: string;
  ods_code: string;
  alias: string | null;
}

/** The active team behind an identifier, held against deletion until the transaction ends (spec section 4.4). */
export async function lockTeam(handle: Handle, given: string): Promise<LockedTeam | undefined> {
  const result = await sql<LockedTeam>`
    select team.id, team.ods_code, team.alias
    from (${teamNamed(sql`${given}`)}) as identifier
    cross join lateral (${lockTeamShared(sql`identifier.product_team_id`)}) as team
  `.execute(handle);
  return result.rows[0];
}

// Each of these two finds one row by primary key for a row beside it. As laterals with a fence they cannot be turned
// into a join, for which the planner reads all teams where it believes there are few: a plan that is kept from when the
// register was young would cost a millisecond more for every 4,000 teams that came since.

/** Generated id of the team that `given` names. */
export function teamNamed(given: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select product_team_id from parties.identifiers where value = ${given} offset 0`;
}

/** The team with this generated id if it is active, locked against deletion. Whoever takes several goes by order of id. */
export function lockTeamShared(id: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select id, ods_code, keys -> 0 ->> 'key_value' as alias
    from parties.product_teams where id = ${id} and status = 'active'
    for share
  `;
}

export interface DeletableTeam {
  id: string;
  name: string;
  ods_code: string;
  created_on: string;
  keys: ProductTeamKey[];
}

/** The active team behind an identifier, locked for its deletion: no product can be added to it meanwhile. */
export async function lockTeamForDeletion(handle: Handle, given: string): Promise<DeletableTeam | undefined> {
  const result = await sql<DeletableTeam>`
    select id, name, ods_code, ${wireTime(sql`created_on`)} as created_on, keys
    from parties.product_teams
    where id = (select product_team_id from parties.identifiers where value = ${given}) and status = 'active'
    for update
  `.execute(handle);
  return result.rows[0];
}

/** Soft deletion: the alias is set free and remembered, the generated id stays taken. */
export async function deactivateTeam(
  handle: Handle,
  team: { id: string; alias: string | null; deletedOn: string; retiredAtMs: number },
): Promise<void> {
  await sql`
    with retired as (
      delete from parties.identifiers
      where value = ${team.alias}::text and product_team_id = ${team.id} and kind = 'alias'
      returning value, product_team_id
    ),
    remembered as (
      insert into parties.retired_aliases (value, product_team_id, retired_at_ms)
      select value, product_team_id, ${team.retiredAtMs}::bigint from retired
    )
    update parties.product_teams
    set status = 'inactive', updated_on = ${team.deletedOn}::timestamptz, deleted_on = ${team.deletedOn}::timestamptz
    where id = ${team.id}
  `.execute(handle);
}

/** Generated id of the active team behind an identifier. */
export async function selectActiveTeamId(handle: Handle, given: string): Promise<string | undefined> {
  const result = await sql<{ id: string }>`
    select team.id
    from parties.identifiers as identifier
    join parties.product_teams as team on team.id = identifier.product_team_id
    where identifier.value = ${given} and team.status = 'active'
  `.execute(handle);
  return result.rows[0]?.id;
}

/** A timestamp with its microseconds, as the wire has it; a Date would hold milliseconds only. */
export function wireTime(column: RawBuilder<unknown>): RawBuilder<string> {
  return sql<string>`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')`;
}
