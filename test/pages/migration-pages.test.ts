import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';

import { systemClock } from '#platform/telemetry';
import { nomisVisit } from '../../src/modules/migration/testing/fake-hmpps.ts';
import { type MigrationApp, openMigration } from '../../src/modules/migration/testing/migration-app.ts';
import { launchChromium, skipReason } from './chromium.ts';
import { signInAs } from './open-console.ts';
import { assertAccessible, assertFitsWidth, assertFocusVisible, takeScreenshot } from './page-checks.ts';
import type { TestBrowser } from './test-browser.ts';

describe('pages of migration', { skip: skipReason() }, () => {
  let opened: MigrationApp;
  let admin: TestBrowser;
  let chromium: Browser;
  let page: Page;
  let origin: string;
  let runPath = '';

  before(async () => {
    opened = await openMigration({ MIGRATION_RECONCILE_PER_MINUTE: '0' }, 'own', 'real');
    const { console } = opened.app;
    const auth = { db: opened.app.app.stores[0].db, clock: systemClock, sessionHours: 12 };
    admin = await signInAs(console, auth, 'admin');
    await console.listen({ host: '127.0.0.1', port: 0 });
    origin = `http://127.0.0.1:${(console.server.address() as AddressInfo).port}`;
    chromium = await launchChromium();
    page = await chromium.newPage();
    const value = admin.cookies.get('signalbox_session') ?? '';
    await page.context().addCookies([{ name: 'signalbox_session', value, url: origin }]);
  });
  after(async () => {
    await chromium?.close();
    await opened[Symbol.asyncDispose]();
  });

  const check = async (name: string, path: string) => {
    const answer = await page.goto(`${origin}${path}`);
    assert.equal(answer?.status(), 200, path);
    for (const width of [1_280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await takeScreenshot(page, `migration-${name}-${width}`);
      await assertAccessible(page);
      await assertFitsWidth(page);
    }
    await assertFocusVisible(page, 12);
  };
  const visit = async (path: string) => (await admin.visit(`/pages/migration${path}`)).body;
  const submit = (path: string, fields: Record<string, string>) =>
    admin.submit(`/pages/migration${path}`, fields);

  test('are usable and say so when there is nothing to show yet', async () => {
    await check('empty', '/pages/migration');
    await check('empty-domain', '/pages/migration/domains/VISITS');
    await check('empty-sync-only', '/pages/migration/domains/VISIT_BALANCE_ADJUSTMENTS');
    await check('empty-reconcile', '/pages/migration/reconcile/VISITS');
    const unmapped = await visit('/domains/AGENCY_REGISTERS');
    assert.doesNotMatch(
      unmapped,
      /reconcile\/AGENCY_REGISTERS/,
      'there is nothing by which it could be compared',
    );
    assert.match(await visit('/mappings?id=none'), /No mapping has that key/);
  });

  test('start a run from its fields, name what is wrong, and follow it', async () => {
    await visit('/domains/VISITS');
    const wrong = await submit('/domains/VISITS/start', { fromDateTime: 'yesterday', maxFailed: 'few' });
    assert.equal(wrong.statusCode, 422);
    assert.match(wrong.body, /href="#maxFailed"/);
    const late = await submit('/domains/VISITS/start', { fromDateTime: 'yesterday' });
    assert.match(late.body, /href="#fromDateTime"/);

    opened.fake.changeVisit = (visit) =>
      visit.visitId % 7 === 0 ? { ...visit, visitType: { code: 'XXXX', description: '' } } : visit;
    const started = await submit('/domains/VISITS/start', {
      prisonIds: 'WLI, MDI',
      ignoreMissingRoom: 'yes',
    });
    assert.equal(started.statusCode, 303);
    runPath = String(started.headers.location);
    assert.match((await admin.visit(runPath)).body, /0 of 20/);
    await check('run-open', runPath);
    await opened.app.drain();
    const { body } = await admin.visit(runPath);
    assert.match(body, /Completed/);
    assert.match(body, /RefusedRecordError/, 'failures are shown by their cause');
    await check('run-ended', runPath);
    await check('overview', '/pages/migration');
    await check('domain', '/pages/migration/domains/VISITS');
  });

  test('find a mapping by either key', async () => {
    const mapped = (await opened.call('GET', '/mapping/visits/nomisId/3')).body;
    assert.match(await visit(`/mappings?id=${mapped.vsipId}`), /<td[^>]*>[\s\S]*3/);
    const searched = (await admin.visit(`/register?id=${mapped.vsipId}`)).body;
    assert.match(searched, /Pages about it[\s\S]+href="\/pages\/migration\/mappings\?id=3"/);
    await check('mappings', '/pages/migration/mappings?id=3');
  });

  test('report what differs, field by field, and repair it', async () => {
    opened.fake.changeVisit = (visit) =>
      visit.visitId === 3
        ? { ...visit, visitStatus: { code: 'CANC', description: '' } }
        : nomisVisit(visit.visitId);
    await visit('/reconcile/VISITS');
    await submit('/reconcile/VISITS', { mode: 'full' });
    await check('reconcile-open', '/pages/migration/reconcile/VISITS');
    await opened.app.drain();
    const report = await visit('/reconcile/VISITS');
    assert.match(report, /visitStatus, outcomeStatus/);
    await check('reconcile', '/pages/migration/reconcile/VISITS');
    await submit('/reconcile/VISITS/repair', { kind: 'DIFFERENT' });
    await opened.app.drain();
    assert.doesNotMatch(await visit('/reconcile/VISITS?kind=DIFFERENT'), /visitStatus, outcomeStatus/);
  });

  test('change who leads, with a reason, and take a run back', async () => {
    await visit('/domains/VISITS');
    const mute = await submit('/domains/VISITS/cutover', { to: 'BOTH', reason: '' });
    assert.match(mute.body, /href="#reason"/);
    await submit('/domains/VISITS/cutover', { to: 'BOTH', reason: 'Rehearsal' });
    await submit('/domains/VISITS/cutover', { to: 'NEW', reason: 'Rehearsal' });
    const refused = await submit('/domains/VISITS/start', {});
    assert.equal(refused.statusCode, 422);
    assert.match(refused.body, /The new service leads for VISITS/);
    await admin.visit(runPath);
    assert.equal((await admin.submit(`${runPath}/undo`, {})).statusCode, 303);
    await opened.app.drain();
    assert.match((await admin.visit(runPath)).body, /Taken back/);
  });
});
