import type { FastifyInstance } from 'fastify';

/** Headers of every page: only our own files run or style anything, and nobody may frame a page. */
export function registerSecurityHeaders(app: FastifyInstance, inlineScriptHash: string): void {
  const policy = [
    "default-src 'none'",
    `script-src 'self' '${inlineScriptHash}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      // A one-time sign-in is part of an address: no other site may learn it.
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });
}
