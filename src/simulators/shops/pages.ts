/** Product pages of every kind that shops serve. Bodies are whole pages; the tests of look-ups read them too. */
export interface ShopPage {
  readonly about: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const page = (head: string, title = 'Wooden train | Shop'): string =>
  `<!doctype html><html><head><title>${title}</title>${head}</head><body><h1>Product</h1></body></html>`;

const ld = (value: unknown): string => `<script type="application/ld+json">${JSON.stringify(value)}</script>`;

const product = {
  '@context': 'https://schema.org',
  '@type': 'Product',
  name: 'Stacking tower',
  image: ['https://img.example/tower.jpg'],
  brand: { '@type': 'Brand', name: 'Towerworks' },
  offers: { '@type': 'Offer', price: '24.5', priceCurrency: 'EUR' },
};

export const SHOP_PAGES: Readonly<Record<string, ShopPage>> = {
  '/open-graph': {
    about: 'Open Graph with price',
    body: page(
      `<meta property="og:site_name" content="Train Shop"><meta property="og:title" content="Wooden train | Train Shop">
<meta property="og:image" content="https://img.example/train.jpg"><meta property="og:price:amount" content="1,299.00">
<meta property="og:price:currency" content="GBP">`,
    ),
  },
  '/open-graph-without-price': {
    about: 'Open Graph without price',
    body: page(
      `<meta property="og:site_name" content="Doll House"><meta property="og:title" content="Rag doll">
<meta property="og:image" content="/doll.jpg">`,
    ),
  },
  '/json-ld': { about: 'JSON-LD product', body: page(ld(product), 'Stacking tower | Towers') },
  '/json-ld-graph': {
    about: 'JSON-LD product inside a graph, with an offer of many',
    body: page(
      ld({
        '@context': 'https://schema.org',
        '@graph': [
          { '@type': 'WebSite', name: 'x' },
          { ...product, offers: { '@type': 'AggregateOffer', lowPrice: 12, priceCurrency: 'GBP' } },
        ],
      }),
      'Stacking tower | Towers',
    ),
  },
  '/broken-json-ld': {
    about: 'JSON-LD that is no JSON, with a Twitter card',
    body: page(
      `<script type="application/ld+json">{"@type":"Product",</script><meta name="twitter:title" content="Kite">
<meta name="twitter:image" content="https://img.example/kite.jpg">`,
      'Kite | Wind Shop',
    ),
  },
  '/microdata': {
    about: 'Microdata only',
    body: page(
      '<span itemprop="name" content="Puzzle"></span><img itemprop="image" src="https://img.example/puzzle.jpg"><meta itemprop="price" content="9.99"><meta itemprop="priceCurrency" content="GBP">',
      'Puzzle | Puzzle Shop',
    ),
  },
  '/nothing': { about: 'A page that describes nothing', body: page('', 'Welcome') },
  '/malformed': {
    about: 'Malformed markup',
    body: '<html><head><title>Ball | Ball Shop</title><meta property=og:title content="buy Ball"><meta property="og:image" content=\'https://img.example/ball.jpg\'<p>unclosed',
  },
  '/missing': { about: '404', status: 404, body: page('', 'Not here') },
  '/refused': { about: '403 for programs', status: 403, body: page('', 'Denied') },
  '/broken': { about: '500', status: 500, body: 'broken' },
  '/picture': { about: 'A picture, not a page', headers: { 'content-type': 'image/png' }, body: 'png' },
  '/huge': { about: 'A page of 3 MB', body: page(`<!--${'x'.repeat(3 * 1024 * 1024)}-->`) },
};

/** Addresses that lead elsewhere. */
export const SHOP_REDIRECTS: Readonly<Record<string, string>> = {
  '/moved': '/shops/open-graph',
  '/loop': '/shops/loop',
  '/to-metadata-service': 'http://169.254.169.254/latest/meta-data/',
  '/to-loopback': 'http://127.0.0.1:22/',
  '/to-file': 'file:///etc/passwd',
};
