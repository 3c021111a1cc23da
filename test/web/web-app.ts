// The web app, built, served by a really running server with simulators beside it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type ListsApp, openLists } from '../../src/modules/lists/testing/lists-app.ts';
import { launchChromium } from '../pages/chromium.ts';

export const WIDTHS = [390, 1_280];

export interface WebApp {
  lists: ListsApp;
  origin: string;
  /** A browser of its own: no cookies, one language, no motion. */
  open(options?: { width?: number; as?: { email: string }; locale?: string }): Promise<Page>;
  close(): Promise<void>;
}

export async function openWebApp(environment: Record<string, string> = {}): Promise<WebApp> {
  const builder = fileURLToPath(new URL('../../scripts/ensure-web-built.mjs', import.meta.url));
  const built = spawnSync(process.execPath, [builder], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  const port = await freePort();
  // Links in letters and the way back from a provider lead to this server.
  const origin = `http://127.0.0.1:${port}`;
  const lists = await openLists({}, { PUBLIC_ORIGIN: origin, ...environment });
  await lists.test.module('lists').listen({ host: '127.0.0.1', port });
  const chromium: Browser = await launchChromium();
  return {
    lists,
    origin,
    async open({ width = 390, as, locale = 'en-GB' } = {}) {
      const context = await chromium.newContext({
        viewport: { width, height: 844 },
        baseURL: origin,
        locale,
        reducedMotion: 'reduce',
      });
      // Pictures of made-up shops: none of them is fetched.
      await context.route(/img\.example/, (route) => route.abort());
      if (as) await signInto(context, lists, as, origin);
      return context.newPage();
    },
    async close() {
      await chromium.close();
      await lists.close();
    },
  };
}

/** One that nobody listened on a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function signInto(
  context: BrowserContext,
  lists: ListsApp,
  person: { email: string },
  origin: string,
): Promise<void> {
  const value = await lists.sessionOf(person);
  await context.addCookies([{ name: 'lists_session', value, url: origin, httpOnly: true, sameSite: 'Lax' }]);
}

/** The newest code sent to the address. */
export async function codeFor(lists: ListsApp, email: string): Promise<string> {
  const letters = await lists.letters();
  const letter = letters.findLast(({ to, text }) => to.includes(email) && /\b\d{6}\b/.test(text));
  const code = /\b\d{6}\b/.exec(letter?.text ?? '')?.[0];
  assert.ok(code, `no letter with a code to ${email}`);
  return code;
}
