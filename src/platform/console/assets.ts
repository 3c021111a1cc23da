import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { govukFolder } from './views.ts';

/** Sent as one file. */
const ownStyles = ['console.css', 'lists.css', 'journeys.css'];

const compress = { br: promisify(brotliCompress), gzip: promisify(gzip) };

interface Asset {
  type: string;
  plain: Buffer;
  br: Buffer;
  gzip: Buffer;
}

/** The few files every page needs, read and compressed once. */
export interface Assets {
  /** Path prefix of the files; it changes with their content, so browsers may keep them for ever. */
  path: string;
  /** The one inline script of the design system's template, as the content security policy names it. */
  inlineScriptHash: string;
  files: Map<string, Asset>;
}

export async function loadAssets(): Promise<Assets> {
  const own = new URL('./assets/', import.meta.url);
  const [css, script, ownScript, icon, template, ...ownCss] = await Promise.all([
    readFile(new URL('govuk-frontend.min.css', govukFolder), 'utf8'),
    readFile(new URL('govuk-frontend.min.js', govukFolder), 'utf8'),
    readFile(new URL('console.js', own), 'utf8'),
    readFile(new URL('favicon.svg', own), 'utf8'),
    readFile(new URL('template.njk', govukFolder), 'utf8'),
    ...ownStyles.map((name) => readFile(new URL(name, own), 'utf8')),
  ]);
  const texts: [name: string, type: string, text: string][] = [
    ['govuk-frontend.min.css', 'text/css; charset=utf-8', withoutGovukFont(css)],
    ['govuk-frontend.min.js', 'text/javascript; charset=utf-8', withoutSourceMap(script)],
    ['console.css', 'text/css; charset=utf-8', ownCss.join('\n')],
    ['console.js', 'text/javascript; charset=utf-8', ownScript],
    ['favicon.svg', 'image/svg+xml', icon],
  ];
  const files = new Map<string, Asset>();
  const digest = createHash('sha256');
  for (const [name, type, text] of texts) {
    digest.update(text);
    const plain = Buffer.from(text);
    const [br, gz] = await Promise.all([compress.br(plain), compress.gzip(plain)]);
    files.set(name, { type, plain, br, gzip: gz });
  }
  return {
    path: `/assets/${digest.digest('hex').slice(0, 16)}`,
    inlineScriptHash: inlineScriptHash(template),
    files,
  };
}

export function registerAssets(app: FastifyInstance, assets: Assets): void {
  app.get<{ Params: { name: string } }>(
    `${assets.path}/:name`,
    { schema: { hide: true } },
    async (request, reply) => {
      const asset = assets.files.get(request.params.name);
      if (!asset) return reply.callNotFound();
      reply
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('x-content-type-options', 'nosniff')
        .header('vary', 'accept-encoding')
        .type(asset.type);
      return sendSmallest(request, reply, asset);
    },
  );
}

function sendSmallest(request: FastifyRequest, reply: FastifyReply, asset: Asset): FastifyReply {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  const encoding = (['br', 'gzip'] as const).find((name) => accepted.includes(name));
  if (!encoding) return reply.send(asset.plain);
  return reply.header('content-encoding', encoding).send(asset[encoding]);
}

/** The GDS Transport typeface is licensed for gov.uk addresses only; the design system falls back to Arial. */
function withoutGovukFont(css: string): string {
  return withoutSourceMap(css)
    .replaceAll(/@font-face\{[^}]*\}/g, '')
    .replaceAll('GDS Transport,', '');
}

function withoutSourceMap(text: string): string {
  return text.replace(/\/\*# sourceMappingURL=.*?\*\/|\/\/# sourceMappingURL=.*/g, '');
}

function inlineScriptHash(template: string): string {
  const [, script] = /<script[\s\S]*?%\}>([\s\S]*?)<\/script>/.exec(template) ?? [];
  if (script === undefined)
    throw new Error('The template of govuk-frontend has no inline script where one was expected');
  return `sha256-${createHash('sha256').update(script).digest('base64')}`;
}
