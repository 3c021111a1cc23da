import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { AuthContext } from '#platform/auth';
import { loadAssets, registerAssets } from './assets.ts';
import type { ConsoleContext, ConsoleOptions } from './console-context.ts';
import { registerErrorPages } from './error-pages.ts';
import { createPageTools, type PageTools } from './page-tools.ts';
import { registerAccount, setPasswordPath } from './pages/account/account.ts';
import { registerAudit } from './pages/audit/audit.ts';
import { registerFailures } from './pages/failures/failures.ts';
import { registerHome } from './pages/home/home.ts';
import { registerJobs } from './pages/jobs/jobs.ts';
import { registerOperators } from './pages/operators/operators.ts';
import { registerRegister } from './pages/register/register.ts';
import { registerSignIn } from './pages/sign-in/sign-in.ts';
import { registerSecurityHeaders } from './security-headers.ts';
import { createViews } from './views.ts';
import { registerVisitors, visitorOf } from './visitor.ts';

/**
 * The operators' pages as one encapsulated plugin for the root of the console port. Operators, sessions and throttles
 * live in the first store; the server's root must set no not-found handler of its own.
 */
export function createConsole(options: ConsoleOptions): FastifyPluginAsync {
  return async (app) => {
    const assets = await loadAssets();
    const sections = options.modules.flatMap(({ section }) => section ?? []);
    const page = createPageTools({
      render: createViews(),
      assets,
      sections,
      version: options.version ?? '',
      clock: options.clock,
    });
    const [main] = options.stores;
    const { clock, config } = options;
    const auth: AuthContext = { db: main.db, clock, sessionHours: config.sessionHours };
    const ctx: ConsoleContext = { ...options, auth };

    // Pages are no part of the API document.
    app.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true };
    });
    registerAssets(app, assets);
    await app.register(async (pages) => {
      await pages.register(cookie);
      await pages.register(formbody);
      registerSecurityHeaders(pages, assets.inlineScriptHash);
      registerVisitors(pages, auth);
      registerErrorPages(pages, page);
      registerSignIn(pages, page, auth);
      await pages.register(async (inside) => registerInside(inside, page, ctx));
    });
  };
}

async function registerInside(app: FastifyInstance, page: PageTools, ctx: ConsoleContext): Promise<void> {
  requireSession(app);
  registerHome(app, page, ctx);
  registerRegister(app, page, ctx);
  registerFailures(app, page, ctx);
  registerJobs(app, page, ctx);
  registerAudit(app, page, ctx);
  registerOperators(app, page, ctx);
  registerAccount(app, page, ctx.auth);
  for (const { section } of ctx.modules) {
    if (!section) continue;
    await app.register(async (scope) => section.register(scope, page), { prefix: `/pages/${section.name}` });
  }
}

/** Everything registered after it needs a signed-in operator who has a password. */
function requireSession(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const { session } = visitorOf(request);
    if (!session) {
      const next = request.method === 'GET' ? request.url : '/';
      return reply.redirect(next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`, 303);
    }
    if (session.isPasswordDue && request.url !== setPasswordPath) return reply.redirect(setPasswordPath, 303);
    return undefined;
  });
}
