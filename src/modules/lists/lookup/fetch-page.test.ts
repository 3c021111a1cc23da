import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isPublicAddress } from './addresses.ts';
import { type FetchFault, FetchPageError, type FetchPageOptions, fetchPage } from './fetch-page.ts';

/** A server that must never be asked: whoever reaches it has escaped. */
describe('fetching pages that strangers name', () => {
  let trap: Server;
  let trapPort: number;
  let shop: Server;
  let shopUrl: string;
  const trapped: string[] = [];
  before(async () => {
    trap = createServer((request, response) => {
      trapped.push(request.url ?? '');
      response.setHeader('content-type', 'text/html').end('<title>secret</title>');
    });
    shop = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://x');
      const to = url.searchParams.get('to');
      if (to !== null) return response.writeHead(302, { location: to }).end();
      response.setHeader('content-type', 'text/html');
      if (url.pathname === '/bomb') {
        return response
          .setHeader('content-encoding', 'gzip')
          .end(gzipSync(Buffer.alloc(50 * 1024 * 1024, 0x20)));
      }
      if (url.pathname === '/drip') return response.write('<html>');
      return response.end(`<title>ok</title>${request.headers.cookie ?? 'no cookie'}`);
    });
    for (const server of [trap, shop]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    }
    // Listening TCP servers always have address objects.
    trapPort = (trap.address() as AddressInfo).port;
    shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/`;
  });
  after(() => {
    for (const server of [trap, shop]) {
      server.closeAllConnections();
      server.close();
    }
  });

  const faultOf = async (
    url: string,
    options: Partial<FetchPageOptions> = {},
  ): Promise<FetchFault | 'read'> => {
    try {
      await fetchPage(url, { allowedPrefixes: [], userAgent: 'test', ...options });
      return 'read';
    } catch (error) {
      assert.ok(error instanceof FetchPageError, String(error));
      return error.fault;
    }
  };
  const viaShop = (to: string, options: Partial<FetchPageOptions> = {}) =>
    faultOf(`${shopUrl}?to=${encodeURIComponent(to.replaceAll(/[^\x20-\x7e]/g, encodeURIComponent))}`, {
      allowedPrefixes: [shopUrl],
      budgetMs: 20_000,
      ...options,
    });

  const corpus = () => [
    ...[
      '127.0.0.1',
      '0.0.0.0',
      '0',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '127.0.0.1.',
      'localhost',
    ],
    ...[
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '198.18.0.1',
    ],
    ...['192.0.2.1', '224.0.0.1', '239.255.255.255', '255.255.255.255', '240.0.0.1', '192.0.0.8'],
    ...[
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::127.0.0.1]',
      '[fe80::1]',
      '[fc00::1]',
      '[fd12::1]',
    ],
    ...[
      '[ff02::1]',
      '[64:ff9b::7f00:1]',
      '[64:ff9b::169.254.169.254]',
      '[2002:7f00:1::]',
      '[2001::1]',
      '[2001:db8::1]',
    ],
    ...['[fec0::1]', '[100::1]', '①②⑦.⓪.⓪.①', '127。0。0。1', 'LOCALHOST', 'metadata.google.internal'],
  ];

  it('reaches no private host, by any spelling, directly or through a redirect', async () => {
    const resolve = async () => ['127.0.0.1'];
    const urls = corpus().flatMap((host) =>
      ['http:', 'https:'].flatMap((scheme) =>
        ['', ':80', `:${trapPort}`].map((port) => `${scheme}//${host}${port}/latest/meta-data/`),
      ),
    );
    const faults = await Promise.all(
      urls.map(async (url) => [url, await faultOf(url, { resolve }), await viaShop(url, { resolve })]),
    );
    for (const [url, direct, redirected] of faults) {
      assert.notEqual(direct, 'read', url);
      assert.notEqual(redirected, 'read', `redirect to ${url}`);
    }
    assert.deepEqual(trapped, []);
  });

  it('speaks http and https only, on their own ports, and takes no credentials', async () => {
    for (const url of [
      'file:///etc/passwd',
      'ftp://shop.example/',
      'gopher://127.0.0.1:25/x',
      'data:text/html,<title>x</title>',
      'javascript:alert(1)',
      'ws://shop.example/',
      'blob:https://shop.example/1',
      'jar:http://x!/',
      'unix:/var/run/docker.sock',
      'dict://127.0.0.1:11211/stat',
    ]) {
      assert.equal(await faultOf(url), 'scheme', url);
      assert.notEqual(await viaShop(url), 'read', url);
    }
    for (const url of [
      '',
      'http://',
      'not an address',
      '//shop.example',
      'http://user:pass@shop.example/',
      'https://user@shop.example',
    ]) {
      assert.equal(await faultOf(url), 'not_an_address', url);
    }
    for (const port of [21, 22, 25, 6379, 5432, 8080, 11211]) {
      assert.equal(await faultOf(`http://shop.example:${port}/`), 'port');
    }
  });

  it('connects to the address that was judged, whatever the name says a moment later', async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return asked === 1 ? ['203.0.113.7'] : ['127.0.0.1'];
    };
    assert.equal(
      await faultOf('http://rebind.example/', { resolve }),
      'private_address',
      'documentation range',
    );
    asked = 0;
    const flipping = async () => {
      asked += 1;
      // Public for the judgement; had the connection asked again, it would have got the trap.
      return asked === 1 ? ['192.0.9.9'] : ['127.0.0.1'];
    };
    const fault = await faultOf('http://rebind.example:80/', { resolve: flipping, budgetMs: 300 });
    assert.notEqual(fault, 'private_address');
    assert.equal(asked, 1);
    assert.equal(
      await faultOf('http://two.example/', { resolve: async () => ['93.184.216.34', '10.0.0.1'] }),
      'private_address',
    );
    assert.deepEqual(trapped, []);
  });

  it('judges every redirect, and follows five', async () => {
    assert.equal(await viaShop(`http://127.0.0.1:${trapPort}/x`), 'port');
    assert.equal(await viaShop('/end'), 'read');
    let chain = '/end';
    for (let hops = 1; hops <= 6; hops += 1) {
      chain = `${shopUrl}?to=${encodeURIComponent(chain)}`;
      assert.equal(
        await faultOf(chain, { allowedPrefixes: [shopUrl] }),
        hops <= 5 ? 'read' : 'too_many_redirects',
      );
    }
    assert.deepEqual(trapped, []);
  });

  it('takes the exception for the prefix named and nothing beside it', async () => {
    const allowedPrefixes = [`${shopUrl}shops/`];
    assert.equal(await faultOf(`${shopUrl}shops/a`, { allowedPrefixes }), 'read');
    for (const path of ['', 'shops', 'shops/../admin', 'shops/%2e%2e/admin', 'other']) {
      assert.notEqual(await faultOf(shopUrl + path, { allowedPrefixes }), 'read', path);
    }
  });

  it('gives up on pages that are too large once unpacked, or too slow', async () => {
    // Unpacking takes a busy machine longer than a page may take.
    const patient = { allowedPrefixes: [shopUrl], budgetMs: 60_000 };
    assert.equal(await faultOf(`${shopUrl}bomb`, patient), 'too_large');
    assert.equal(await faultOf(`${shopUrl}drip`, { allowedPrefixes: [shopUrl], budgetMs: 200 }), 'timeout');
    const never = () => new Promise<string[]>(() => undefined);
    assert.equal(await faultOf('http://slow-name.example/', { resolve: never, budgetMs: 100 }), 'timeout');
    assert.equal(await faultOf('http://none.example/', { resolve: async () => [] }), 'unknown_host');
  });

  it('tells public addresses from all others', () => {
    for (const address of [
      '93.184.216.34',
      '1.1.1.1',
      '8.8.8.8',
      '2606:4700::1111',
      '2a00:1450:4009::200e',
    ]) {
      assert.ok(isPublicAddress(address), address);
    }
    for (const address of ['fe80::1%eth0', '', 'x', '1.2.3', '::ffff:8.8.8.8'])
      assert.ok(!isPublicAddress(address), address);
  });
});
