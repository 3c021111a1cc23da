import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type FastifyInstance, fastify } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { createBlobStore } from '#platform/blobs';
import { launchChromium, skipReason } from '../../../../test/pages/chromium.ts';
import { assertAccessible, assertFitsWidth, takeScreenshot } from '../../../../test/pages/page-checks.ts';
import { documentRoutes } from './document-routes.ts';
import { createDocumentStore } from './document-store.ts';

const SERVICE = '0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
const skip = process.env.SIGNALBOX_TEST_PAGES === 'off' ? 'page tests are off' : skipReason();

describe('pages of a file sent by email', { skip }, () => {
  let directory = '';
  let app: FastifyInstance;
  let browser: Browser;
  let url = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'documents-'));
    const clock = { now: () => new Date() };
    const blobs = createBlobStore({ kind: 'disk', directory });
    const store = createDocumentStore({ blobs, clock, baseUrl: '', scanner: undefined });
    app = fastify();
    const findService = async () => ({ name: 'Pigeon Affairs Bureau', contactLink: 'help@example.test' });
    await app.register(
      documentRoutes({ store, clock, findService, accessSecret: Buffer.alloc(32), uploadToken: undefined }),
    );
    await app.listen({ host: '127.0.0.1', port: 0 });
    const stored = await store.store(
      {
        base64: Buffer.from('a,b\n').toString('base64'),
        filename: 'report.csv',
        isCsv: false,
        confirmsEmail: true,
        retentionWeeks: 4,
      },
      { serviceId: SERVICE, recipient: 'a@example.test' },
    );
    assert.ok('url' in stored);
    url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}${stored.url}`;
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await app?.close();
    await rm(directory, { recursive: true, force: true });
  });

  for (const width of [1280, 390]) {
    it(`lead to the file, accessible at ${width} pixels`, async () => {
      await using context = await browser.newContext({ viewport: { width, height: 900 } });
      const page = await context.newPage();
      const look = async (name: string) => checkPage(page, `document-${name}-${width}`);
      await page.goto(url);
      await look('landing');
      await page.click('text=Continue');
      await look('confirm');
      await page.fill('#email_address', 'other@example.test');
      await page.click('button');
      await look('wrong');
      await page.fill('#email_address', 'a@example.test');
      await page.click('button');
      await look('download');
      const download = page.waitForEvent('download');
      await page.click('text=Download this CSV file');
      assert.equal((await download).suggestedFilename(), 'report.csv');
      await page.goto(`${url}x`);
      await look('missing');
    });
  }
});

async function checkPage(page: Page, name: string): Promise<void> {
  await assertAccessible(page);
  await assertFitsWidth(page);
  await takeScreenshot(page, name);
}
