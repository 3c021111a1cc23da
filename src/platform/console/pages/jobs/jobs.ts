import type { FastifyInstance } from 'fastify';
import { HttpError } from '#platform/http';
import type { QueueState } from '#platform/jobs';
import type { ConsoleContext } from '../../console-context.ts';
import type { PageTools } from '../../page-tools.ts';
import { readQueues, type StoreQueue } from '../failures/failure-list.ts';

const view = new URL('./jobs.njk', import.meta.url);
const fragment = new URL('./queues.njk', import.meta.url);

interface QueueParams {
  Params: { queue: string };
}

export function registerJobs(app: FastifyInstance, page: PageTools, ctx: ConsoleContext): void {
  const operatorOnly = { preHandler: page.requireRole('operator') };
  const readData = async () => ({ groups: groupByModule(ctx, await readQueues(ctx)), now: ctx.clock.now() });

  app.get('/jobs', async (_request, reply) =>
    page.render(reply, view, { title: 'Jobs', ...(await readData()) }),
  );

  app.get('/jobs/queues', async (_request, reply) => page.renderFragment(reply, fragment, await readData()));

  app.post<QueueParams>('/jobs/:queue/pause', operatorOnly, async (request, reply) => {
    const { store, queue } = await findQueue(request.params.queue);
    await store.jobs.pause(queue.queue, page.actor(request));
    return page.redirect(reply, '/jobs', `${queue.queue} is paused: its workers stop within two seconds`);
  });

  app.post<QueueParams>('/jobs/:queue/resume', operatorOnly, async (request, reply) => {
    const { store, queue } = await findQueue(request.params.queue);
    await store.jobs.resume(queue.queue, page.actor(request));
    return page.redirect(reply, '/jobs', `${queue.queue} runs again`);
  });

  const findQueue = async (name: string): Promise<StoreQueue> => {
    const found = (await readQueues(ctx)).find(({ queue }) => queue.queue === name);
    if (!found) throw new HttpError(404, 'not_found', 'No such queue');
    return found;
  };
}

type ShownQueue = QueueState & { oldestMs: number | null };

interface QueueGroup {
  name: string;
  title: string;
  /** Where something waits, runs, failed or is held up, or was done in the last minute. */
  busy: ShownQueue[];
  quiet: ShownQueue[];
}

/** Queues under their module's title, in the order of the modules; the platform's own come last. */
function groupByModule(ctx: ConsoleContext, found: StoreQueue[]): QueueGroup[] {
  const groups = Map.groupBy(found, ({ queue }) => {
    const [prefix = ''] = queue.queue.split('.', 1);
    return ctx.modules.some(({ name }) => name === prefix) ? prefix : 'platform';
  });
  const titles = [...ctx.modules, { name: 'platform', title: 'Platform' }];
  return titles.flatMap(({ name, title }) => {
    const queues = (groups.get(name) ?? []).map(({ queue }) => ({
      ...queue,
      oldestMs: queue.oldestWaitingSeconds === null ? null : queue.oldestWaitingSeconds * 1_000,
    }));
    const busy = queues.filter(isBusy);
    const quiet = queues.filter((queue) => !isBusy(queue));
    return queues.length === 0 ? [] : [{ name, title, busy, quiet }];
  });
}

function isBusy(queue: QueueState): boolean {
  const jobs = queue.waiting + queue.active + queue.retrying + queue.failed + queue.completedLastMinute;
  return jobs > 0 || queue.isPaused || queue.outage !== null;
}
