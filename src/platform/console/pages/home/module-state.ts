import type { QueueState } from '#platform/jobs';
import type { ConsoleContext, ConsoleModule } from '../../console-context.ts';

const HEALTH_TIMEOUT_MS = 2_000;

/** How one module is doing, in the numbers an operator looks at first. */
export interface ModuleState {
  name: string;
  title: string;
  isUp: boolean;
  /** Components that are down. */
  down: string[];
  completedLastMinute: number;
  waiting: number;
  running: number;
  oldestWaitingMs: number | undefined;
  openFailures: number;
  pausedQueues: string[];
  links: { href: string; text: string }[];
}

export async function readModuleStates(ctx: ConsoleContext): Promise<ModuleState[]> {
  const queuesOf = new Map(
    await Promise.all(ctx.stores.map(async ({ name, jobs }) => [name, await jobs.queues()] as const)),
  );
  const now = ctx.clock.now();
  return Promise.all(
    ctx.modules.map(async (module) => {
      const queues = (queuesOf.get(module.store) ?? []).filter(({ name }) =>
        name.startsWith(`${module.name}.`),
      );
      const down = await findDown(module);
      return {
        name: module.name,
        title: module.title,
        isUp: down.length === 0,
        down,
        links: module.section?.links ?? [],
        ...summarise(queues, now),
      };
    }),
  );
}

function summarise(queues: QueueState[], now: Date) {
  const total = (pick: (queue: QueueState) => number) => queues.reduce((sum, queue) => sum + pick(queue), 0);
  const oldest = queues.flatMap(({ oldestWaitingAt }) => oldestWaitingAt ?? []).map((time) => time.getTime());
  return {
    completedLastMinute: total((queue) => queue.completedLastMinute),
    waiting: total((queue) => queue.waiting),
    running: total((queue) => queue.running),
    openFailures: total((queue) => queue.openFailures),
    oldestWaitingMs: oldest.length === 0 ? undefined : now.getTime() - Math.min(...oldest),
    pausedQueues: queues.filter(({ isPaused }) => isPaused).map(({ name }) => name),
  };
}

/** A module that does not answer in time is down: one that hangs must not take the home page with it. */
async function findDown(module: ConsoleModule): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve(['health check (no answer)']), HEALTH_TIMEOUT_MS);
  });
  const asked = module.health().then(
    (components) => Object.keys(components).filter((name) => components[name]?.status === 'DOWN'),
    () => ['health check (failed)'],
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
