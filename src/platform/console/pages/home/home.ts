import type { FastifyInstance } from 'fastify';
import type { ConsoleContext } from '../../console-context.ts';
import type { PageTools } from '../../page-tools.ts';
import { alarmsOf, readModuleStates } from './module-state.ts';

const view = new URL('./home.njk', import.meta.url);
const fragment = new URL('./module-states.njk', import.meta.url);

export function registerHome(app: FastifyInstance, page: PageTools, ctx: ConsoleContext): void {
  const readData = async () => {
    const modules = await readModuleStates(ctx);
    return { modules, alarms: modules.flatMap(alarmsOf), now: ctx.clock.now() };
  };

  app.get('/', async (_request, reply) => page.render(reply, view, { title: 'Home', ...(await readData()) }));

  app.get('/home/module-states', async (_request, reply) =>
    page.renderFragment(reply, fragment, await readData()),
  );
}
