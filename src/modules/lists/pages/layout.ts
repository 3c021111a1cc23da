import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { assetPath } from './assets.ts';
import { Html, html } from './html.ts';
import type { Speech } from './words/index.ts';

export interface PageFrame {
  ctx: ListsContext;
  request: FastifyRequest;
  caller: Caller | undefined;
  speech: Speech;
  /** '' on the module's own port, `/lists` below the console's. */
  base: string;
}

export interface PageParts {
  title: string;
  main: Html;
  /** Shown by link previews: never a gift, never a name (spec section 12.15). */
  preview?: { title: string; description: string; image: string; type?: string };
  canonical?: string;
  /** What search engines read of it, in the words of schema.org. */
  structured?: object;
  /** Pages of one list or one reservation are for those who have their link. */
  isPrivate: boolean;
}

/** Before every title outside production: spec section 12.1. */
export const PREFIX = { prod: '', staging: 'Staging - ', test: 'Test - ', dev: '' } as const;
const compress = promisify(gzip);

/** The frame of every server-rendered page; complete without a script. */
export function renderPage(frame: PageFrame, parts: PageParts): string {
  const { ctx, speech, base, caller } = frame;
  const { words } = speech;
  const { preview } = parts;
  const robots = parts.isPrivate || ctx.config.environment !== 'prod' ? 'noindex' : 'index';
  const page = html`<!doctype html>
<html lang="${speech.locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${PREFIX[ctx.config.environment]}${parts.title} - ${ctx.config.brandName}</title>
<meta name="robots" content="${robots}">
${parts.canonical !== undefined && html`<link rel="canonical" href="${parts.canonical}">`}
${
  preview &&
  html`<meta property="og:type" content="${preview.type ?? 'website'}"><meta property="og:site_name" content="${ctx.config.brandName}">
<meta property="og:title" content="${preview.title}"><meta property="og:description" content="${preview.description}">
<meta property="og:image" content="${preview.image}"><meta name="description" content="${preview.description}">`
}
${parts.structured !== undefined && structuredData(parts.structured)}
<meta name="theme-color" content="#6b2d7b">
<link rel="icon" href="${base}/images/icon-192.png" type="image/png">
<link rel="manifest" href="${base}/manifest.json">
<link rel="stylesheet" href="${base}${assetPath('public.css')}">
<script src="${base}${assetPath('public.js')}" type="module"></script>
</head>
<body>
<a class="skip" href="#main">${words.skip}</a>
<header class="bar" id="header"><div class="wide bar-inner">
<a class="brand" href="${base}/" data-cy="header-link-logo">${ctx.config.brandName}</a>
<nav aria-label="${ctx.config.brandName}"><ul>
<li class="roomy"><a href="${base}/how-it-works" data-cy="header-link-how">${words.howItWorks}</a></li>
<li class="roomy"><a href="${base}/list-ideas" data-cy="header-link-ideas">${words.ideas}</a></li>
${
  caller
    ? html`<li><a href="${base}/" data-cy="header-link-your-lists">${words.yourLists}</a></li>`
    : html`<li><a href="${base}/login?redirect=${encodeURIComponent(frame.request.url.slice(base.length))}" data-cy="header-link-login">${words.logIn}</a></li>
<li class="roomy"><a href="${base}/signup" data-cy="header-link-signup">${words.signUp}</a></li>`
}
</ul></nav></div></header>
<main id="main" tabindex="-1" class="wide">
${parts.main}
</main>
<footer class="foot" id="footer"><div class="wide"><ul>
<li><a href="${base}/privacy" data-cy="footer-grey-link-privacy">${words.privacy}</a></li>
<li><a href="${base}/terms" data-cy="footer-grey-link-terms">${words.terms}</a></li>
<li><a href="${base}/cookies">${words.cookies}</a></li>
<li><a href="${base}/contact" data-cy="footer-grey-link-contact">${words.contact}</a></li>
<li><a href="${base}/reservations/mine">${words.myReservations}</a></li>
</ul></div></footer>
</body>
</html>
`;
  return page.text;
}

/** Data and no script, so the security policy lets it stand; `<` is written so that no text can end the element. */
function structuredData(data: object): Html {
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  return new Html(`<script type="application/ld+json">${json}</script>`);
}

/** Sends a page, compressed where the browser takes it, with the headers of spec section 12.16. */
export async function sendPage(
  frame: PageFrame,
  reply: FastifyReply,
  parts: PageParts,
  status = 200,
): Promise<FastifyReply> {
  setPageHeaders(frame.ctx, reply, parts.isPrivate);
  reply.code(status).type('text/html; charset=utf-8').header('content-language', frame.speech.locale);
  const text = renderPage(frame, parts);
  if (!/\bgzip\b/.test(frame.request.headers['accept-encoding'] ?? '')) return reply.send(text);
  return reply.header('content-encoding', 'gzip').send(await compress(text, { level: 6 }));
}

export function setPageHeaders(ctx: ListsContext, reply: FastifyReply, isPrivate: boolean): void {
  // Pictures come from any shop; everything else is ours.
  const pictures = ctx.config.environment === 'prod' ? 'https:' : 'https: http:';
  reply.headers({
    'content-security-policy': [
      "default-src 'self'",
      "script-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      `img-src 'self' data: blob: ${pictures}`,
      "connect-src 'self'",
      "object-src 'none'",
      "base-uri 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'cache-control': isPrivate ? 'private, no-store' : 'no-cache',
    vary: 'accept, accept-encoding, accept-language, cookie, user-agent',
    ...(isPrivate || ctx.config.environment !== 'prod' ? { 'x-robots-tag': 'noindex' } : {}),
    ...(ctx.publicOrigin.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  });
}
