import { setTimeout as delay } from 'node:timers/promises';
import { markup } from '../frame/markup.ts';
import { renderPage } from '../frame/page-layout.ts';
import { html, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { SHOP_PAGES, SHOP_REDIRECTS } from './pages.ts';

const SLOW_MS = 10_000;

/** Product pages of each kind, good and bad, for look-ups by address. */
export const shopsSimulator: Simulator = {
  name: 'shops',
  title: 'Shops',
  standsFor: 'web shops whose product pages people paste',
  start: async () => startShops(),
};

function startShops(): RunningSimulator {
  let served = 0;
  return {
    async handle(request): Promise<Reply> {
      served += 1;
      if (request.path === '/slow') await delay(SLOW_MS, undefined, { ref: false });
      const location = SHOP_REDIRECTS[request.path];
      if (location !== undefined) return { status: 302, headers: { location }, body: '' };
      const page =
        SHOP_PAGES[request.path === '/slow' ? '/open-graph' : request.path] ?? SHOP_PAGES['/missing'];
      return {
        status: page?.status ?? 200,
        headers: { 'content-type': 'text/html; charset=utf-8', ...page?.headers },
        body: page?.body ?? '',
      };
    },
    page: (request) => (request.path === '/' ? frontPage() : undefined),
    clearData() {
      served = 0;
    },
    state: () => `${served} pages served`,
  };
}

function frontPage(): Reply {
  const rows = [
    ...Object.entries(SHOP_PAGES).map(([path, { about }]) => ({ path, about })),
    ...Object.entries(SHOP_REDIRECTS).map(([path, to]) => ({ path, about: `leads to ${to}` })),
    { path: '/slow', about: `answers after ${SLOW_MS / 1_000} s` },
  ];
  const main = markup`<p>Paste one of these addresses into "add items" of a list.</p>
<ul>${rows.map(({ path, about }) => markup`<li><a href="/shops${path}">/shops${path}</a>: ${about}</li>`)}</ul>`;
  return html(200, renderPage({ title: 'Shops', main }));
}
