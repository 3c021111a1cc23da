// What machines ask of a site: status page, robots, sitemap, manifest, pictures (spec sections 6.5, 8.5 and 12.15).
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { ListsContext } from '../context.ts';
import { escapeHtml } from '../mail/letter.ts';
import { webFolder } from './web-app.ts';

const OCCASIONS = ['babyshower', 'birthday', 'christmas', 'baptism', 'christening', 'other'];
/** Names that older data refers to are answered with the picture of today. */
const PICTURE =
  /^(babyshower|birthday|christmas|baptism|christening|celebration|other|product)-(default|closed)(?:-2)?\.(?:png|jpg)$/;
const ICON = /^icon-(192|512)\.png$/;

const STATUS_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Status</title></head><body><h1>Status</h1><p>Up.</p></body></html>
`;

const SITE: [path: string, frequency: string, priority: string][] = [
  ['/', 'weekly', '1.0'],
  ['/login', 'monthly', '0.5'],
  ['/signup', 'monthly', '0.5'],
  ['/terms', 'monthly', '0.3'],
  ['/privacy', 'monthly', '0.3'],
  ['/contact', 'monthly', '0.5'],
  ['/about', 'monthly', '0.5'],
  ['/how-it-works', 'monthly', '0.6'],
  ['/faq', 'monthly', '0.5'],
  ['/list-ideas', 'weekly', '0.8'],
];

export function registerSiteFiles(app: FastifyInstance, ctx: ListsContext): void {
  const hidden = { schema: { hide: true } };
  app.get('/status.html', hidden, async (_request, reply) =>
    reply.header('cache-control', 'no-cache, no-store').type('text/html; charset=utf-8').send(STATUS_PAGE),
  );
  app.get('/robots.txt', hidden, async (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('text/plain; charset=utf-8').send(robots(ctx)),
  );
  app.get('/sitemap.xml', hidden, async (_request, reply) => {
    if (ctx.config.environment !== 'prod') return reply.code(404).type('text/plain').send('Not found');
    return reply
      .header('cache-control', 'no-cache')
      .type('application/xml')
      .send(await sitemap(ctx));
  });
  app.get('/manifest.json', hidden, async (request, reply) =>
    reply
      .header('cache-control', 'no-cache')
      .type('application/manifest+json')
      .send(JSON.stringify(manifest(ctx, request.server.prefix))),
  );
  app.get('/images/:name', hidden, async (request, reply) => {
    const { name = '' } = request.params as { name?: string };
    const file = pictureFile(name);
    if (file === undefined) return reply.code(404).type('text/plain').send('Not found');
    return reply
      .headers({ 'cache-control': 'public, max-age=86400', 'x-content-type-options': 'nosniff' })
      .type('image/png')
      .send(await readFile(new URL(`./images/${file}`, import.meta.url)));
  });
}

/** One picture for each occasion, in two moods. */
function pictureFile(name: string): string | undefined {
  if (ICON.test(name)) return name;
  const [, subject, mood] = PICTURE.exec(name) ?? [];
  if (subject === undefined) return undefined;
  if (subject === 'product') return 'product-default.png';
  const occasion = OCCASIONS.includes(subject) ? subject : 'other';
  return mood === 'closed' ? 'closed.png' : `${occasion}.png`;
}

function robots(ctx: ListsContext): string {
  switch (ctx.config.environment) {
    case 'prod':
      return `User-agent: *\nDisallow: /reserve/\nDisallow: /lists/\nSitemap: ${ctx.publicOrigin}/sitemap.xml\n`;
    case 'dev':
      return 'User-agent: *\nDisallow:\n';
    default:
      return 'User-agent: *\nDisallow: /\n';
  }
}

async function sitemap(ctx: ListsContext): Promise<string> {
  const articles = await ctx.articles.index();
  const newest = articles
    .map(({ date }) => date)
    .toSorted()
    .at(-1);
  // Their texts are part of the web app, so they changed when it was built.
  const built = await stat(join(webFolder(ctx), 'index.html')).then(
    ({ mtime }) => mtime.toISOString().slice(0, 10),
    () => undefined,
  );
  const entry = (path: string, frequency: string, priority: string, date: string | undefined) =>
    `<url><loc>${escapeHtml(ctx.publicOrigin + path)}</loc>${date === undefined ? '' : `<lastmod>${date}</lastmod>`}<changefreq>${frequency}</changefreq><priority>${priority}</priority></url>`;
  const urls = [
    ...SITE.map(([path, frequency, priority]) =>
      entry(path, frequency, priority, path === '/list-ideas' ? newest : built),
    ),
    ...articles.map(({ slug, date }) => entry(`/list-ideas/${slug}`, 'monthly', '0.7', date)),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${urls.join('\n')}
</urlset>
`;
}

function manifest(ctx: ListsContext, base: string) {
  return {
    name: ctx.config.brandName,
    short_name: ctx.config.brandName.slice(0, 12),
    id: `${base}/`,
    start_url: `${base}/`,
    scope: `${base}/`,
    display: 'standalone',
    background_color: '#ffffff',
    theme_color: '#6b2d7b',
    icons: [192, 512].map((size) => ({
      src: `${base}/images/icon-${size}.png`,
      sizes: `${size}x${size}`,
      type: 'image/png',
      purpose: 'any maskable',
    })),
    // A phone can share a product page straight into "add gift".
    share_target: {
      action: `${base}/add`,
      method: 'GET',
      params: { title: 'title', text: 'text', url: 'url' },
    },
  };
}
