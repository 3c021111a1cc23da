import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openDatabase, siblingUrl } from '#platform/db';
import { waitUntil } from '../../../../test/harness/index.ts';
import { createPartiesApp, type PartiesApp } from '../testing/parties-app.ts';
import { defaultWorkspaceName, workspacePrefixOf, workspaceTypeOf } from './workspace-names.ts';
import { databaseExists } from './workspace-queries.ts';
import {
  deployWorkspace,
  destroyExpired,
  destroyRedundant,
  destroyWorkspace,
  forceDestroy,
  listWorkspaces,
  planDeployment,
  type WorkspaceContext,
} from './workspaces.ts';

const HOUR_MS = 3_600_000;

describe('workspaces', () => {
  let app: PartiesApp;
  let ctx: WorkspaceContext;
  let now = new Date('2026-11-21T09:00:00Z');
  before(async () => {
    app = await createPartiesApp();
    const { db } = app.test.database;
    ctx = { db, clock: { now: () => now }, siblingDatabaseUrl: (name) => siblingUrl(db.url, name) };
  });
  after(async () => {
    for (const { environment, workspace } of await listWorkspaces(ctx)) {
      await forceDestroy(ctx, environment, workspace);
    }
    await app[Symbol.asyncDispose]();
  });
  const deploy = (name: string, environment = 'dev', commit?: string) =>
    deployWorkspace(ctx, { name, environment, commit });
  const names = async () => (await listWorkspaces(ctx)).map(({ workspace }) => workspace);
  const hasDatabase = async (name: string, environment = 'dev') =>
    databaseExists(
      ctx.db.kysely,
      new URL(ctx.siblingDatabaseUrl(`ws_${environment}_${name}`)).pathname.slice(1),
    );

  it('are named, typed and expire by the rules of the original', () => {
    assert.equal(
      defaultWorkspaceName('alice'),
      execFileSync('sha1sum', { input: 'alice\n' }).toString().slice(0, 8),
    );
    assert.equal(workspaceTypeOf('dev', 'dev'), 'PERSISTENT');
    assert.equal(workspaceTypeOf('int-sandbox', 'int'), 'PERSISTENT');
    assert.equal(workspaceTypeOf('ci-pi-1-abc', 'dev'), 'CI');
    assert.equal(workspaceTypeOf('rel-2026-01-02-abc', 'dev'), 'LOCAL');
    assert.equal(workspacePrefixOf('feature/PI-10-add_things'), 'ci-pi-10-');
    assert.equal(workspacePrefixOf('release/2026-01-02-a'), 'rel-2026-01-02-a-');
    assert.equal(workspacePrefixOf('main'), undefined);
  });

  it('are databases with a register of their own, which a later deployment extends and keeps', async () => {
    const first = await deploy('mine');
    assert.ok(first.apiKey);
    await using inside = openDatabase({ url: first.databaseUrl, maxConnections: 1, applicationName: 'test' });
    const found = await inside.pool.query('select count(*)::int as teams from parties.product_teams');
    assert.deepEqual(found.rows, [{ teams: 0 }]);
    const created = now;
    now = new Date(now.getTime() + HOUR_MS);
    assert.equal((await deploy('mine')).apiKey, undefined);
    const [record] = await listWorkspaces(ctx);
    assert.deepEqual(
      [
        record?.workspace_type,
        record?.is_temporary,
        record?.created_on,
        record?.last_updated,
        record?.expiration_date,
      ],
      ['LOCAL', true, created, now, new Date(now.getTime() + 72 * HOUR_MS)],
    );
  });

  it('answer under their route with their own key, until they are destroyed', async () => {
    const { apiKey: apikey, route } = await deploy('published');
    const call = (path: string, method: 'GET' | 'POST' = 'GET', headers: object = { apikey }) =>
      app.call({
        method,
        path: `${route}${path}`,
        headers: { ...headers },
        ...(method === 'POST' ? { body: { name: 'Ours', ods_code: 'F5H1R' } } : {}),
      });
    const [created] = await Promise.all([call('/ProductTeam', 'POST'), call('/_status')]);
    assert.equal(created.status, 201, created.body);
    const { id } = created.json() as { id: string };
    assert.equal((await call(`/ProductTeam/${id}`)).body, created.body);
    assert.equal((await call(`/ProductTeam/${id}`, 'GET', {})).status, 401, 'the main key is no key here');
    assert.equal((await app.call({ path: `/ProductTeam/${id}` })).status, 404);
    assert.equal((await app.call({ path: '/connecting-party-manager-dev-none/_status' })).status, 403);
    await assert.rejects(
      deploy('sandbox', 'qa').then(() => deploy('qa-sandbox', 'qa')),
      /choose another/,
    );
    await destroyWorkspace(ctx, 'qa', 'sandbox');
    await destroyWorkspace(ctx, 'dev', 'published');
    await waitUntil('the route is gone', async () => (await call('/_status')).status === 403);
  });

  it('tell beforehand which schema migrations a deployment would run', async () => {
    const all = await planDeployment(ctx, { name: 'planned', environment: 'dev' });
    assert.deepEqual(all.at(-1)?.set, 'parties');
    await deploy('planned');
    assert.deepEqual(await planDeployment(ctx, { name: 'planned', environment: 'dev' }), []);
    await destroyWorkspace(ctx, 'dev', 'planned');
  });

  it('go when they have expired, CI after 168 hours and local ones after 72, persistent ones never', async () => {
    await deploy('ci-pi-1-aaaa');
    await deploy('dev');
    await deploy('other', 'qa');
    now = new Date(now.getTime() + 73 * HOUR_MS);
    assert.deepEqual(await destroyExpired(ctx, ['dev', 'ref']), { destroyed: ['mine'], failed: [] });
    assert.equal(await hasDatabase('mine'), false);
    now = new Date(now.getTime() + 96 * HOUR_MS);
    assert.deepEqual((await destroyExpired(ctx, ['dev', 'ref'])).destroyed, ['ci-pi-1-aaaa']);
    assert.deepEqual(await names(), ['dev', 'other']);
    assert.deepEqual((await destroyExpired(ctx, ['qa'])).destroyed, ['other']);
    await assert.rejects(destroyWorkspace(ctx, 'dev', 'dev'), /persistent/);
    await assert.rejects(destroyWorkspace(ctx, 'dev', 'unknown'), /no workspace/);
  });

  it('go when newer commits of their branch have replaced them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parties-git-'));
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
        .toString()
        .trim();
    const commit = (text: string): string => {
      git('commit', '--allow-empty', '-m', text);
      return git('rev-parse', 'HEAD');
    };
    git('init', '-b', 'main');
    commit('base');
    git('checkout', '-b', 'elsewhere');
    const foreign = commit('on another branch');
    git('checkout', '-b', 'feature/PI-10-things', 'main');
    const [old, current] = [commit('old'), commit('current')];
    const of = (sha: string, ticket = 'pi-10') => `ci-${ticket}-${sha.slice(0, 7)}`;
    const all = [of(old), of(current), of(foreign), of('badbadb'), of(old, 'pi-100')];
    for (const name of all) await deploy(name);
    const options = {
      branch: 'feature/PI-10-things',
      commit: current,
      allCommits: false,
      killAll: false,
      folder,
    };
    const destroyed = async (extra: object) =>
      (await destroyRedundant(ctx, { ...options, ...extra })).destroyed.toSorted();
    // Kill-all by itself has no effect.
    assert.deepEqual(await destroyed({ killAll: true }), [of(old), of('badbadb')].toSorted());
    assert.deepEqual(await destroyed({ allCommits: true }), [of(current)]);
    assert.deepEqual(await destroyed({ allCommits: true, killAll: true }), [of(foreign)]);
    assert.ok((await names()).includes(of(old, 'pi-100')));
    rmSync(folder, { recursive: true });
  });

  it('are taken apart by force when they are corrupted, and leave a record to clear', async () => {
    const { databaseUrl } = await deploy('broken');
    {
      await using inside = openDatabase({ url: databaseUrl, maxConnections: 1, applicationName: 'test' });
      await inside.pool.query('drop table parties.products; drop table platform.events');
    }
    const { done, failed } = await forceDestroy(ctx, 'dev', 'broken');
    assert.equal(failed.length, 0);
    assert.equal(done.length, 4);
    assert.equal(await hasDatabase('broken'), false);
    assert.ok((await names()).includes('broken'));
    await destroyWorkspace(ctx, 'dev', 'broken');
    assert.ok(!(await names()).includes('broken'));
  });
});
