import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { createOperator, listOperators } from '#platform/auth';
import { launchChromium, skipReason } from './chromium.ts';
import { openConsole, type TestConsole } from './open-console.ts';
import { assertAccessible, assertFitsWidth, assertFocusVisible, takeScreenshot } from './page-checks.ts';
import { journeyId, modules, tasks, writeRealisticDay } from './realistic-day.ts';

const widths = [1_280, 390];
const openPages = [
  { name: 'sign-in', path: '/sign-in' },
  { name: 'sign-in-once', path: '(link)' },
  { name: 'sign-in-link-used', path: '/sign-in/once/unknown' },
];
const insidePages = [
  { name: 'home', path: '/' },
  { name: 'register', path: '/register' },
  { name: 'register-by-id', path: '/register?id=FA142' },
  { name: 'register-empty', path: '/register?id=nothing-has-this-id' },
  { name: 'register-invalid', path: '/register?from=2026-03-02T10%3A00&to=2026-03-01T10%3A00' },
  { name: 'journey', path: `/register/journeys/${journeyId}` },
  { name: 'journey-unknown', path: '/register/journeys/unknown' },
  { name: 'failures', path: '/failures' },
  { name: 'failures-filtered', path: '/failures?state=all&module=directory&range=1h' },
  { name: 'failures-empty', path: '/failures?state=ignored' },
  { name: 'failure', path: '/failures/(failure)' },
  { name: 'failure-edit', path: '/failures/(failure)/edit' },
  { name: 'failure-ignore', path: '/failures/(failure)/ignore' },
  { name: 'redrive', path: '/failures/redrive?task=directory.match_services' },
  { name: 'redrives', path: '/failures/redrives' },
  { name: 'redrive-progress', path: '/failures/redrives/(redrive)' },
  { name: 'jobs', path: '/jobs' },
  { name: 'audit', path: '/audit' },
  { name: 'operators', path: '/operators' },
  { name: 'operator-add', path: '/operators/add' },
  { name: 'operator', path: '/operators/(operator)' },
  { name: 'account', path: '/account' },
  { name: 'module-page', path: '/pages/directory/change-events' },
  { name: 'not-found', path: '/no-such-page' },
];

describe('console pages', { skip: skipReason() }, () => {
  let console: TestConsole;
  let chromium: Browser;
  let origin: string;
  let session: string;
  let ids: Record<string, string>;

  before(async () => {
    console = await openConsole(modules, tasks);
    ids = await writeRealisticDay(console.store, new Date());
    const browser = await console.browserOf('admin');
    ids.operator = (await listOperators(console.auth.db))[0]?.id ?? '';
    session = browser.cookies.get('signalbox_session') ?? '';
    await console.app.listen({ host: '127.0.0.1', port: 0 });
    origin = `http://127.0.0.1:${(console.app.server.address() as AddressInfo).port}`;
    chromium = await launchChromium();
  });
  after(async () => {
    await chromium.close();
    await console.close();
  });

  let page: Page;
  before(async () => {
    page = await chromium.newPage();
  });

  const check = async (name: string, path: string) => {
    const problems = watchProblems(page);
    const answer = await page.goto(`${origin}${path}`);
    assert.ok((answer?.status() ?? 500) < 500, 'the server failed');
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      await takeScreenshot(page, `${name}-${width}`);
      await assertAccessible(page);
      await assertFitsWidth(page);
      await assertFocusVisible(page, 30);
    }
    assert.deepEqual(problems, []);
  };

  for (const { name, path } of openPages) {
    test(`${name} is accessible and fits`, async () => {
      await page.context().clearCookies();
      await check(name, path === '(link)' ? await newLink() : path);
    });
  }
  for (const { name, path } of insidePages) {
    test(`${name} is accessible and fits`, async () => {
      await page.context().addCookies([{ name: 'signalbox_session', value: session, url: origin }]);
      await check(
        name,
        path.replace(/\((\w+)\)/, (_, id) => ids[id] ?? ''),
      );
    });
  }

  const newLink = async (): Promise<string> => {
    const actor = { kind: 'cli', id: 'root', name: 'root' } as const;
    const email = 'new-operator@example.org';
    const created = await createOperator(console.auth.db, { email, role: 'viewer', actor });
    return created?.path ?? '';
  };
});

/** Script errors and refused resources, gathered while the page is used. */
function watchProblems(page: Page): string[] {
  const problems: string[] = [];
  page.removeAllListeners('pageerror').removeAllListeners('console');
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    const isAnswerOfPage =
      message.text().startsWith('Failed to load resource') && message.location().url === page.url();
    if (message.type() === 'error' && !isAnswerOfPage) problems.push(message.text());
  });
  return problems;
}
