import type { FastifyInstance } from 'fastify';
import type { ConsoleContext } from '../../console-context.ts';
import type { PageTools } from '../../page-tools.ts';
import { readModuleStates } from './module-state.ts';

const view = new URL('./home.njk', import.meta.url);
const fragment = new URL('./module-states.njk', import.meta.url);

export function registerHome(app: FastifyInstance, page: PageTools, ctx: ConsoleContext): void {
  app.get('/', async (_request, reply) =>
    page.render(reply, view, { title: 'Home', modules: await readModuleStates(ctx), now: ctx.clock.now() }),
  );

  app.get('/home/module-states', async (_request, reply) =>
    page.renderFragment(reply, fragment, { modules: await readModuleStates(ctx), now: ctx.clock.now() }),
  );
}
