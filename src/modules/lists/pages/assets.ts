import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

/** What each is made of: the web app's style sheet begins with `base.css` as well. */
const ASSETS = {
  'public.css': { type: 'text/css; charset=utf-8', files: ['base.css', 'public.css'] },
  'public.js': { type: 'text/javascript; charset=utf-8', files: ['public.js'] },
} as const;
type AssetName = keyof typeof ASSETS;

interface Asset {
  path: string;
  type: string;
  plain: Buffer;
  gzipped: Buffer;
}

const assets = new Map<AssetName, Asset>();

/** Address of a file of ours, with its hash in the name, so that browsers may keep it for ever. */
export function assetPath(name: AssetName): string {
  return load(name).path;
}

function load(name: AssetName): Asset {
  const known = assets.get(name);
  if (known) return known;
  const { type, files } = ASSETS[name];
  const plain = Buffer.concat(
    files.map((file) => readFileSync(new URL(`./assets/${file}`, import.meta.url))),
  );
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 12);
  const asset = {
    path: `/page-assets/${hash}-${name}`,
    type,
    plain,
    gzipped: gzipSync(plain, { level: 9 }),
  };
  assets.set(name, asset);
  return asset;
}

export function registerAssets(app: FastifyInstance): void {
  // Object.keys forgets which names they are.
  for (const name of Object.keys(ASSETS) as AssetName[]) {
    const asset = load(name);
    app.get(asset.path, { schema: { hide: true } }, async (request, reply) => {
      reply.headers({
        'cache-control': 'public, max-age=31536000, immutable',
        'content-type': asset.type,
        'x-content-type-options': 'nosniff',
        vary: 'accept-encoding',
      });
      const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
      return takesGzip
        ? reply.header('content-encoding', 'gzip').send(asset.gzipped)
        : reply.send(asset.plain);
    });
  }
}
