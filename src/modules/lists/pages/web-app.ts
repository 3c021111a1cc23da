// Serves the built web app: `web/dist` after `vite build`. Its index page is the answer to every route of the app.
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { resolveCaller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { html } from './html.ts';
import { PREFIX, sendPage, setPageHeaders } from './layout.ts';
import { frameFor } from './shared-list-page.ts';

/** Routes of spec section 12.1 that the app shows. */
const APP_ROUTES = [
  '/',
  '/about',
  '/how-it-works',
  '/faq',
  '/contact',
  '/login',
  '/signup',
  '/reset',
  '/signup-complete',
  '/logout',
  '/profile',
  '/add',
  '/edit/:id',
  '/settings/:id',
  '/admin',
  '/admin/*',
];

const TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  avif: 'image/avif',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  txt: 'text/plain; charset=utf-8',
  map: 'application/json',
};

const compress = promisify(gzip);

interface StoredFile {
  changedAt: number;
  plain: Buffer;
  gzipped: Buffer | undefined;
}

export function webFolder(ctx: ListsContext): string {
  return ctx.config.webDirectory ?? fileURLToPath(new URL('../../../../web/dist/', import.meta.url));
}

export function registerWebApp(app: FastifyInstance, ctx: ListsContext): void {
  const folder = webFolder(ctx);
  const files = new Map<string, StoredFile>();
  for (const route of APP_ROUTES) {
    app.get(route, { schema: { hide: true } }, (request, reply) => sendApp(ctx, request, reply, folder));
  }
  // Names of these files hold their hash.
  app.get('/assets/*', { schema: { hide: true } }, (request, reply) =>
    sendFile(request, reply, {
      folder: join(folder, 'assets'),
      files,
      cache: 'public, max-age=31536000, immutable',
    }),
  );
  for (const name of ['sw.js', 'registerSW.js', 'favicon.ico']) {
    app.get(`/${name}`, { schema: { hide: true } }, (request, reply) =>
      sendFile(request, reply, { folder, files, cache: 'no-cache', name }),
    );
  }
}

/** The app's index page, with the address it is mounted at as its base. */
export async function sendApp(
  ctx: ListsContext,
  request: FastifyRequest,
  reply: FastifyReply,
  folder: string,
): Promise<FastifyReply> {
  const index = join(folder, 'index.html');
  if (!existsSync(index)) return sendMissing(ctx, request, reply);
  const base = request.server.prefix;
  const head = html`<head><base href="${base}/"><meta name="application-name" content="${ctx.config.brandName}"><meta name="title-prefix" content="${PREFIX[ctx.config.environment]}">`;
  const page = (await readFile(index, 'utf8')).replace('<head>', () => head.text);
  setPageHeaders(ctx, reply, true);
  reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8');
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(page);
  return reply.header('content-encoding', 'gzip').send(await compress(page));
}

async function sendMissing(
  ctx: ListsContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { caller } = await resolveCaller(ctx, request);
  const frame = frameFor(ctx, request, caller);
  const { words } = frame.speech;
  return sendPage(
    frame,
    reply,
    {
      title: words.appMissing,
      isPrivate: true,
      main: html`<div class="narrow"><h1>${words.appMissing}</h1><p>${words.appMissingText}</p></div>`,
    },
    503,
  );
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  options: { folder: string; files: Map<string, StoredFile>; cache: string; name?: string },
): Promise<FastifyReply> {
  const { folder, files, cache } = options;
  const asked = options.name ?? (request.params as { '*'?: string })['*'] ?? '';
  const path = normalize(join(folder, asked));
  const extension = path.slice(path.lastIndexOf('.') + 1);
  const file = path.startsWith(folder) && !asked.includes('\0') ? await loadFile(path, files) : undefined;
  if (!file) return reply.code(404).type('text/plain').send('Not found');
  reply.headers({
    'cache-control': cache,
    'content-type': TYPES[extension] ?? 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    vary: 'accept-encoding',
  });
  const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  return takesGzip && file.gzipped
    ? reply.header('content-encoding', 'gzip').send(file.gzipped)
    : reply.send(file.plain);
}

/** Kept in memory with its compressed form, and read anew when it changed. */
async function loadFile(path: string, files: Map<string, StoredFile>): Promise<StoredFile | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return undefined;
  const known = files.get(path);
  if (known?.changedAt === info.mtimeMs) return known;
  const plain = await readFile(path);
  const isText = /\.(js|css|svg|json|webmanifest|txt|map)$/.test(path);
  const gzipped = isText ? await compress(plain, { level: 9 }) : undefined;
  const file = { changedAt: info.mtimeMs, plain, gzipped };
  files.set(path, file);
  return file;
}
