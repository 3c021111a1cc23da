import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { systemClock } from '#platform/telemetry';
import { odsCodeAt } from '#reference/pharmacies';
import {
  createDirectoryApp,
  type DirectoryApp,
  pharmacyRecord,
  phone,
} from '../../src/modules/directory/testing/directory-app.ts';
import { launchChromium, skipReason } from './chromium.ts';
import { signInAs } from './open-console.ts';
import { assertAccessible, assertFitsWidth, assertFocusVisible, takeScreenshot } from './page-checks.ts';
import type { TestBrowser } from './test-browser.ts';

const CODE = odsCodeAt(3);

describe('pages of the directory', { skip: skipReason() }, () => {
  let app: DirectoryApp;
  let operator: TestBrowser;
  let chromium: Browser;
  let page: Page;
  let origin: string;
  let ids: Record<string, string | number> = {};

  before(async () => {
    app = await createDirectoryApp({ environment: { ODSCODE_STARTING_CHARACTER: 'F' } });
    const auth = { db: app.app.stores[0].db, clock: systemClock, sessionHours: 12 };
    operator = await signInAs(app.console, auth, 'operator');
    await app.console.listen({ host: '127.0.0.1', port: 0 });
    origin = `http://127.0.0.1:${(app.console.server.address() as AddressInfo).port}`;
    chromium = await launchChromium();
    page = await chromium.newPage();
    await page
      .context()
      .addCookies([
        { name: 'signalbox_session', value: operator.cookies.get('signalbox_session') ?? '', url: origin },
      ]);
  });
  after(async () => {
    await chromium.close();
    await app[Symbol.asyncDispose]();
  });

  const check = async (name: string, path: string) => {
    for (const width of [1_280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      const answer = await page.goto(`${origin}/pages/directory${path}`);
      assert.equal(answer?.status(), 200, path);
      await takeScreenshot(page, `directory-${name}-${width}`);
      await assertAccessible(page);
      await assertFitsWidth(page);
      await assertFocusVisible(page, width === 390 ? 8 : 20);
    }
  };
  const visit = (path: string) => operator.visit(`/pages/directory${path}`);

  test('are usable and say so when there is nothing to show yet', async () => {
    for (const path of [
      '/services',
      '/services?id=NOPE1',
      '/dashboard',
      '/events',
      '/replays',
      '/dry-runs',
      '/quality',
      '/releases',
    ]) {
      await check(`empty${path.replaceAll(/[/?=]/g, '-')}`, path);
    }
  });

  test('show a service as NHS.uk and the directory have it, with its history, and replay an event', async () => {
    await app.send(pharmacyRecord(CODE, { Contacts: phone('01632 960 123') }), {
      sequence: 7,
      correlationId: 'seen',
    });
    await app.send({ ODSCode: 'FA9', OrganisationTypeId: 'DEN', OrganisationSubType: 'x' });
    await app.drain();
    const [service] = await app.dos<{ id: number }>(
      'select id from services where odscode = $1 and typeid = 13',
      [CODE],
    );
    ids = { service: service?.id ?? 0 };
    await app.dos("update services set publicphone = 'edited by hand' where id = $1", [ids.service]);
    await check('service', `/services/${ids.service}`);
    const { body } = await visit(`/services/${ids.service}`);
    assert.match(body, /The newest event would change 1 attribute\b/);
    assert.match(body, /01632 960 123[\s\S]*edited by hand[\s\S]*Would change/);
    assert.match(body, /cmstelephoneno modify/);
    const replayed = await operator.submit('/pages/directory/replays/event', {
      odsCode: CODE,
      sequenceNumber: '7',
    });
    assert.equal(replayed.statusCode, 303);
    assert.match(String(replayed.headers.location), /^\/register\/journeys\/\d+-local-replayed-event$/);
    await app.drain();
    assert.match(
      (await visit(`/services/${ids.service}`)).body,
      /The directory agrees with the newest event/,
    );
    await check('services', `/services?id=${CODE.slice(0, 3)}`);
    const found = (await visit(`/services?id=${CODE.slice(0, 4).toLowerCase()}`)).body;
    assert.ok(found.includes(CODE) && found.includes('ervices found'), 'by the beginning of a code');
    const searched = (await operator.visit(`/register?id=${CODE}`)).body;
    assert.ok(
      searched.includes(`/pages/directory/services/${ids.service}"`),
      'from the search of the register',
    );
    await check('events', '/events');
    await app.command('alarms', { check: true });
    const dashboard = (await visit('/dashboard')).body;
    assert.match(dashboard, /Service updates<\/dt>\s*<dd[^>]*>[1-9]/);
    assert.match(dashboard, /Service Sync[\s\S]*?100%/);
    assert.match(dashboard, /cmstelephoneno/);
    assert.match(dashboard, /aria-label="Requests to the endpoint: at most \d+ requests in five minutes/);
    await check('dashboard', '/dashboard');
    const events = (await visit('/events')).body;
    assert.match(events, /Stored/);
    assert.match(events, /Rejected/);
  });

  test('replay a window, and name what is wrong with a filter', async () => {
    await visit('/replays');
    const wrong = await operator.submit('/pages/directory/replays', {
      since: '',
      until: '',
      filter: 'colour=blue',
    });
    assert.equal(wrong.statusCode, 422);
    assert.match(wrong.body, /href="#filter"/);
    const begun = await operator.submit('/pages/directory/replays', { since: '1h', until: '', filter: '' });
    assert.equal(begun.statusCode, 303);
    await app.drain();
    assert.match((await visit('/replays')).body, /Finished/);
    await check('replays', '/replays');
  });

  test('compare pasted events, and apply a chosen part', async () => {
    await visit('/dry-runs');
    const empty = await operator.submit('/pages/directory/dry-runs', { title: '', events: '  ' });
    assert.equal(empty.statusCode, 422);
    const events = [3, 4, 5]
      .map((index) => JSON.stringify(pharmacyRecord(odsCodeAt(index), {}, 3)))
      .join('\n');
    const begun = await operator.submit('/pages/directory/dry-runs', { title: 'Three pharmacies', events });
    const path = String(begun.headers.location);
    await app.drain();
    await check('dry-run', path.replace('/pages/directory', ''));
    const { body } = await operator.visit(path);
    assert.match(body, /Apply all \d+ services/);
    const nothing = await operator.submit(`${path}/apply`, { part: 'chosen' });
    assert.equal(nothing.statusCode, 303);
    assert.match((await operator.visit(path)).body, /choose at least one service/);
    await operator.submit(`${path}/apply`, { part: 'chosen', service: String(ids.service) });
    await app.drain();
    const applied = (await operator.visit(path)).body;
    assert.match(applied, /: 1 service queued/);
    assert.match((await visit(`/services/${ids.service}`)).body, /\/pages\/directory\/services/);
    await check('dry-runs', '/dry-runs');
  });

  test('compare a file of events that a browser sends', async () => {
    await page.goto(`${origin}/pages/directory/dry-runs`);
    const content = [6, 7].map((index) => JSON.stringify(pharmacyRecord(odsCodeAt(index), {}, 3))).join('\n');
    const send = async (name: string, text: string) => {
      await page.setInputFiles('#file', { name, mimeType: 'application/json', buffer: Buffer.from(text) });
      await page.click('text=Compare these events');
    };
    await send('empty.jsonl', '');
    assert.match(String(await page.textContent('.govuk-error-summary')), /The file is empty/);
    await assertAccessible(page);
    await send('two pharmacies.jsonl', content);
    await app.drain();
    await page.reload();
    assert.equal(String(await page.textContent('h1')), 'two pharmacies.jsonl');
    assert.match(String(await page.textContent('main')), /Apply all \d+ services/);
    const broken = await app.console.inject({
      method: 'POST',
      url: '/pages/directory/dry-runs',
      headers: {
        'content-type': 'multipart/form-data; boundary=x',
        cookie: `signalbox_session=${operator.cookies.get('signalbox_session')}`,
      },
      payload: 'no form at all',
    });
    assert.equal(broken.statusCode, 400);
  });

  test('check the quality, and show the findings', async () => {
    await app.dos(
      'insert into servicesgsds (serviceid, sgid, sdid) select id, 360, 14207 from services where odscode = $1 and typeid = 13',
      [CODE],
    );
    await visit('/quality');
    await operator.submit('/pages/directory/quality', {});
    await app.drain();
    const { body } = await visit('/quality');
    assert.match(body, /Blood Pressure ZCode is on invalid service type/);
    await check('quality', '/quality');
  });

  test('link, unlink and roll back releases, and say what is not possible now', async () => {
    const post = (verb: string, release: string) =>
      operator.submit(`/pages/directory/releases/${verb}`, { release });
    await app.sql("insert into directory.release_workers values (gen_random_uuid(), 'local', '1', now())");
    await app.command('deploy-blue-green-environment', {
      ...{ 'blue-green-environment': 'next', 'shared-environment': 'local', version: '2.0' },
    });
    await check('releases-linked', '/releases');
    const first = (await visit('/releases')).body;
    assert.match(first, /Roll back: not now\. There is no previous release\./);
    assert.match(first, /Link: not now\. local is linked: unlink it first\./);

    const refused = await post('link', 'next');
    assert.equal(refused.statusCode, 303);
    assert.match((await visit('/releases')).body, /Nothing was done: local is linked: unlink it first/);
    await post('unlink', 'local');
    const unlinked = (await visit('/releases')).body;
    assert.match(unlinked, /the endpoint accepts change events, and they wait/);
    assert.match(unlinked, /Link: not now\. No worker of next runs\./);
    await app.sql("insert into directory.release_workers values (gen_random_uuid(), 'next', '2', now())");
    await visit('/releases');
    await post('link', 'next');
    assert.match(
      (await visit('/releases')).body,
      /Change events are taken by <span class="sb-id">next<\/span>/,
    );
    await check('releases', '/releases');
    await post('roll-back', '');
    assert.match(
      (await visit('/releases')).body,
      /Change events are taken by <span class="sb-id">local<\/span>/,
    );
    await check('dashboard-releases', '/dashboard');
    await post('undeploy', 'next');
    await post('unlink', 'local');
    await post('undeploy', 'local');
    await app.command('undeploy-shared-resources');
    assert.match((await visit('/releases')).body, /Releases are not in use/);
  });

  test('let viewers look and not act', async () => {
    const auth = { db: app.app.stores[0].db, clock: systemClock, sessionHours: 12 };
    const viewer = await signInAs(app.console, auth, 'viewer');
    const { body } = await viewer.visit('/pages/directory/replays');
    assert.equal(body.includes('Replay these events'), false);
    for (const path of [
      'replays',
      'replays/event',
      'dry-runs',
      'quality',
      'releases/link',
      'releases/roll-back',
    ]) {
      assert.equal(
        (await viewer.submit(`/pages/directory/${path}`, { filter: 'failed=yes' })).statusCode,
        403,
        path,
      );
    }
    assert.equal((await viewer.visit('/pages/directory/services/999999999')).statusCode, 404);
    assert.equal((await viewer.visit('/pages/directory/dry-runs/nothing')).statusCode, 404);
  });
});
