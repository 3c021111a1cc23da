import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { createLogger } from '#platform/telemetry';
import { type RunningSimulators, startSimulators } from '../../src/simulators/index.ts';
import { launchChromium, skipReason } from './chromium.ts';
import { assertAccessible, assertFitsWidth, takeScreenshot } from './page-checks.ts';

const ID = '6ce466d0-fd6a-11e5-82f5-e0accb9d11a6';

/** One piece of work for each simulator that shows messages, so that its page has something to show. */
const WORK: readonly [path: string, headers: Record<string, string>, body: unknown][] = [
  [
    '/mmg',
    { authorization: 'Basic key' },
    {
      reqType: 'BULK',
      MSISDN: '447700900001',
      msg: 'A text of some length, for the page',
      sender: 'GOVUK',
      cid: ID,
    },
  ],
  [
    '/ses/v2/email/outbound-emails',
    { authorization: 'AWS4-HMAC-SHA256 x' },
    {
      FromEmailAddress: 'a@b.test',
      Destination: { ToAddresses: ['c@d.test'] },
      Content: { Simple: { Subject: { Data: 'S' } } },
    },
  ],
  [
    '/callbacks/service',
    { authorization: 'Bearer token' },
    { id: ID, status: 'delivered', to: 'a@example.test' },
  ],
];

describe('pages of the simulators of messages', { skip: skipReason() }, () => {
  let simulators: RunningSimulators;
  let browser: Browser;
  before(async () => {
    const log = createLogger({ level: 'silent', name: 'test' });
    simulators = await startSimulators({ host: '127.0.0.1', port: 0, smtpPort: 0, log });
    for (const [path, headers, body] of WORK) {
      await fetch(simulators.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    }
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await simulators?.[Symbol.asyncDispose]();
  });

  for (const width of [1280, 390]) {
    for (const name of ['mmg', 'firetext', 'ses', 'print', 'callbacks']) {
      it(`/${name} is accessible and fits a window of ${width} pixels`, async () => {
        await using context = await browser.newContext({ viewport: { width, height: 900 } });
        const page = await context.newPage();
        await page.goto(`${simulators.url}/${name}`);
        await assertAccessible(page);
        await assertFitsWidth(page);
        await takeScreenshot(page, `simulator-${name}-${width}`);
      });
    }
  }
});
