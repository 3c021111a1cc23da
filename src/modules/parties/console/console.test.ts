import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { changePassword, createOperator, findSession, signInByLink } from '#platform/auth';
import { systemClock } from '#platform/telemetry';
import { launchChromium, skipReason } from '../../../../test/pages/chromium.ts';
import { assertAccessible, assertFitsWidth, takeScreenshot } from '../../../../test/pages/page-checks.ts';
import { createPartiesApp, keyOf, type PartiesApp } from '../testing/parties-app.ts';

const ADDRESS = '192.0.2.1';

describe('the console pages about parties', () => {
  let app: PartiesApp;
  let session: string;
  before(async () => {
    app = await createPartiesApp();
    session = await signIn();
  });
  after(() => app[Symbol.asyncDispose]());

  async function signIn(): Promise<string> {
    const auth = { db: app.test.app.stores[0].db, clock: systemClock, sessionHours: 12 };
    const actor = { kind: 'cli', id: 'root', name: 'root' } as const;
    const created = await createOperator(auth.db, { email: 'viewer@example.org', role: 'viewer', actor });
    const started = await signInByLink(auth, {
      token: created?.path.split('/').at(-1) ?? '',
      address: ADDRESS,
    });
    const found = await findSession(auth, started?.token ?? '');
    assert.ok(found);
    const change = {
      session: found,
      currentPassword: undefined,
      newPassword: 'correct horse',
      address: ADDRESS,
    };
    const changed = await changePassword(auth, change);
    assert.ok(changed.outcome === 'changed');
    return changed.session.token;
  }

  const visit = async (path: string, status = 200): Promise<string> => {
    const headers = { cookie: `signalbox_session=${session}` };
    const response = await app.test.console.inject({ method: 'GET', url: path, headers });
    assert.equal(response.statusCode, status, path);
    return response.body;
  };

  it('say so when there is nothing yet', async () => {
    assert.match(await visit('/pages/parties/teams'), /There are no product teams/);
    assert.match(await visit('/pages/parties/callers'), /Nobody has called yet/);
    await visit('/pages/parties/teams/unknown', 404);
    await visit('/pages/parties/products/%00', 404);
  });

  it('find a team by each of its ids, its product, its organisation and its name', async () => {
    const alias = randomUUID();
    const team = await app.createTeam({
      name: 'Findable <b>Team</b>',
      ods_code: 'AB123',
      keys: [keyOf(alias)],
    });
    const product = await app.createProduct(team.id, 'Findable Product');
    await app.createTeam({ name: 'Another' });
    for (const text of [team.id, alias, product.id, 'AB123', 'findable <B']) {
      const page = await visit(`/pages/parties/teams?text=${encodeURIComponent(text)}`);
      assert.match(page, /Findable &lt;b&gt;Team&lt;\/b&gt;/, text);
      assert.doesNotMatch(page, />Another</, text);
      const searched = await visit(`/register?id=${encodeURIComponent(text)}`);
      assert.match(
        searched,
        /Pages about it[\s\S]+Findable &lt;b&gt;Team&lt;\/b&gt;[\s\S]+product team/,
        text,
      );
    }
    assert.match(await visit('/pages/parties/teams?text=nothing'), /No team matches/);
  });

  it('page through teams and products', async () => {
    const team = await app.createTeam({ name: 'Large', ods_code: 'Y90001' });
    for (let count = 0; count < 60; count += 1) await app.createProduct(team.id, `Product ${count}`);
    const first = await visit(`/pages/parties/teams/${team.id}`);
    const next = /href="([^"]+after=[^"]+)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await visit(next);
    const idsOf = (page: string) => [...page.matchAll(/products\/(P\.[A-Z0-9-]{7})"/g)].map(([, id]) => id);
    assert.equal(new Set([...idsOf(first), ...idsOf(second)]).size, 60);
  });

  it('tell who changed what and who called with which key', async () => {
    const team = await app.createTeam({ name: 'Short-lived' });
    await app.call({ method: 'DELETE', path: `/ProductTeam/${team.id}` });
    const page = await visit(`/pages/parties/teams/${team.id}`);
    assert.match(page, /Deleted/);
    assert.match(page, /Team created[\s\S]+Team deleted/);
    // Counts are written every few seconds.
    let caller = '';
    for (let tries = 0; tries < 400 && !caller.includes('delete_<wbr>team'); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      caller = await visit('/pages/parties/callers/default');
    }
    assert.match(caller, /delete_<wbr>team/);
    assert.match(await visit('/pages/parties/callers'), /callers\/default/);
    assert.match(caller, /Latest changes/);
  });

  describe('in a browser', { skip: skipReason() || process.env.SIGNALBOX_TEST_PAGES === 'off' }, () => {
    let chromium: Browser;
    let origin: string;
    before(async () => {
      await app.test.console.listen({ host: '127.0.0.1', port: 0 });
      origin = `http://127.0.0.1:${(app.test.console.server.address() as AddressInfo).port}`;
      chromium = await launchChromium();
    });
    after(() => chromium.close());

    for (const width of [1_280, 390]) {
      it(`are accessible and fit at ${width} px`, async () => {
        const context = await chromium.newContext({ viewport: { width, height: 900 } });
        await context.addCookies([{ name: 'signalbox_session', value: session, url: origin }]);
        const page = await context.newPage();
        const team = await app.createTeam({
          name: `A team with quite a long name ${'indeed '.repeat(8).trim()}`,
        });
        const product = await app.createProduct(team.id, 'A product');
        for (const [name, path] of Object.entries({
          teams: '/pages/parties/teams',
          'teams-none': '/pages/parties/teams?text=nothing',
          team: `/pages/parties/teams/${team.id}`,
          product: `/pages/parties/products/${product.id}`,
          callers: '/pages/parties/callers',
          caller: '/pages/parties/callers/default',
          'caller-none': '/pages/parties/callers/nobody',
        })) {
          const answer = await page.goto(`${origin}${path}`);
          assert.equal(answer?.status(), 200, path);
          await takeScreenshot(page, `parties-${name}-${width}`);
          await assertAccessible(page);
          await assertFitsWidth(page);
        }
        await context.close();
      });
    }
  });
});
