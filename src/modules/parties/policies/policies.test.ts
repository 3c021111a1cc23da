import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { openDatabase } from '#platform/db';
import { newProductId } from '../domain/identifiers.ts';
import { selectFeed, selectHistory, selectStateAsOf } from '../history/history-queries.ts';
import { additions, operations } from '../routes/index.ts';
import { createProductIntake, type ProductCreation } from '../store/create-products.ts';
import { createTeamIntake, type TeamCreation } from '../store/create-teams.ts';
import { deleteProduct, deleteTeam } from '../store/delete-parties.ts';
import { findProducts, findTeams } from '../store/find-queries.ts';
import { selectNothing, selectProductBodies, selectTeamBodies } from '../store/lookup-queries.ts';
import { selectProductsOfOrganisation, selectProductsOfTeam } from '../store/product-queries.ts';
import { createRole, roleExists, setGrants } from '../store/role-queries.ts';
import { createPartiesApp, type PartiesApp } from '../testing/parties-app.ts';
import { type Policy, readPolicy } from './policies.ts';

const ORIGIN = { application: 'test', correlationId: null };
const NOW = '2026-11-20T18:01:12.663342+00:00';

describe('the policy of an operation', () => {
  let app: PartiesApp;
  before(async () => {
    app = await createPartiesApp();
  });
  after(() => app[Symbol.asyncDispose]());

  /** Connections that may do what this policy says and no more, whatever other operations of its role may. */
  async function withPolicy(policy: Policy) {
    const { kysely } = app.test.database.db;
    const role = 'signalbox_test_policy';
    if (!(await roleExists(kysely, role))) await createRole(kysely, role);
    await setGrants(kysely, role, []);
    await sql`revoke all on platform.events from ${sql.id(role)}`.execute(kysely);
    await setGrants(kysely, role, policy.grants);
    return openDatabase({
      url: app.test.database.url,
      maxConnections: 2,
      applicationName: 'policy test',
      session: { role },
    });
  }

  const register = () => {
    const [store] = app.test.app.stores;
    return store.events.forModule('parties');
  };

  it('exists for each, and for nothing else', () => {
    const files = readdirSync(new URL('./', import.meta.url)).filter((name) => name.endsWith('.json'));
    assert.deepEqual(
      files.map((name) => name.replace('.json', '')).sort(),
      [...new Set([...operations, ...additions].map(({ name }) => name)), 'status'].sort(),
    );
    assert.throws(() => readPolicy('an-operation-without'), /ENOENT/);
  });

  it('lets the operation do its work and nothing beyond', async () => {
    const { id: team } = await app.createTeam();
    const { id: product } = await app.createProduct(team);
    const work: Record<string, (db: Awaited<ReturnType<typeof withPolicy>>) => Promise<unknown>> = {
      status: (db) => selectNothing(db.pool),
      'read-product-team': (db) => selectTeamBodies(db.pool, [team]),
      'read-product': (db) => selectProductBodies(db.pool, [product]),
      'search-products': async (db) => [
        await selectProductsOfTeam(db.kysely, team),
        await selectProductsOfOrganisation(db.kysely, 'F5H1R'),
      ],
      'read-history': async (db) => {
        const party = { kind: 'product_team', given: team } as const;
        assert.equal((await selectHistory(db.kysely, party, { after: '0', limit: 5 })).length, 1);
        assert.ok(await selectStateAsOf(db.kysely, party, '2100-01-01T00:00:00Z'));
      },
      'read-changes': (db) => selectFeed(db.kysely, { transactionId: '0', seq: '0', limit: 1 }),
      'find-parties': async (db) => [
        await findTeams(db.kysely, {}, 1),
        await findProducts(db.kysely, { team }, 1),
      ],
      'create-product-team': async (db) => {
        const item: TeamCreation = {
          team: { id: randomUUID(), name: 'A', odsCode: 'F5H1R', createdOn: NOW, keys: [] },
          origin: ORIGIN,
        };
        await createTeamIntake(db, register()).add(item);
        assert.equal(item.outcome?.created, true);
      },
      'create-product': async (db) => {
        const item: ProductCreation = {
          id: newProductId(),
          team,
          name: 'A',
          createdOn: NOW,
          origin: ORIGIN,
        };
        await createProductIntake(db, register()).add(item);
        assert.equal(item.outcome?.kind, 'created');
      },
      'delete-product': (db) =>
        deleteProduct(db, register(), { team, productId: product, deletedOn: NOW, origin: ORIGIN }),
      'delete-product-team': async (db) =>
        deleteTeam(db, register(), { team: (await app.createTeam()).id, deletedOn: NOW, origin: ORIGIN }),
    };
    for (const name of [
      ...new Set([...operations, ...additions].map((operation) => operation.name)),
      'status',
    ]) {
      await using db = await withPolicy(readPolicy(name));
      const run = work[name];
      assert.ok(run, `${name} has work to try its policy on`);
      await run(db);
      for (const table of ['product_teams', 'products']) {
        await assert.rejects(
          sql`delete from ${sql.table(`parties.${table}`)}`.execute(db.kysely),
          /permission denied/,
          `${name} must not delete from ${table}`,
        );
      }
      await assert.rejects(sql`select from platform.api_keys`.execute(db.kysely), /permission denied/);
    }
  });

  it('holds for the connections that requests are answered on', async () => {
    const { kysely } = app.test.database.db;
    const rows = await sql<{ grantee: string; privilege_type: string }>`
      select grantee, privilege_type from information_schema.role_table_grants
      where table_schema = 'parties' and grantee like 'parties\_%'
    `.execute(kysely);
    assert.deepEqual(
      [
        ...new Set(
          rows.rows.filter(({ grantee }) => grantee === 'parties_read').map((row) => row.privilege_type),
        ),
      ],
      ['SELECT'],
    );
    await app.createTeam();
    const users = await sql<{ application_name: string; role: string }>`
      select distinct application_name, current_setting('role') as role from pg_stat_activity
      where datname = current_database() and application_name like 'signalbox parties%'
    `.execute(kysely);
    assert.ok(users.rows.some((row) => row.application_name === 'signalbox parties_create'));
  });
});
