import type { FastifyInstance } from 'fastify';
import type { ListsContext } from '../context.ts';
import { wantsPage } from './wants-page.ts';

/**
 * Leads people who came by http, by `www.` or by another name of the site to its one address (spec section 12.16), so
 * that cookies and links are the same for everybody. Programs are left where they are: their calls are not repeatable.
 */
export function registerCanonicalHost(app: FastifyInstance, ctx: ListsContext): void {
  const home = new URL(ctx.publicOrigin);
  if (home.protocol !== 'https:') return;
  const others = new Set([`www.${home.host}`, ...ctx.config.otherHosts]);
  app.addHook('onRequest', async (request, reply) => {
    if (request.method === 'POST' || !wantsPage(request)) return undefined;
    const { host } = request.headers;
    const isOther = host !== undefined && others.has(host.toLowerCase());
    // Said by the proxy that ends TLS; who says it themself is only led to the right address.
    const isPlain = host === home.host && request.headers['x-forwarded-proto'] === 'http';
    if (!isOther && !isPlain) return undefined;
    // Put together, not resolved: a path of two slashes would name another host.
    const path = request.raw.url?.startsWith('/') ? request.raw.url : '/';
    return reply.redirect(home.origin + path, 301);
  });
}
