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
  active: number;
  oldestWaitingMs: number | undefined;
  /** Failed for good and not yet dealt with. */
  failed: number;
  pausedQueues: string[];
  /** Outside systems that jobs wait for. */
  outages: string[];
  links: { href: string; text: string }[];
}

export async function readModuleStates(ctx: ConsoleContext): Promise<ModuleState[]> {
  const queuesOf = new Map(
    await Promise.all(ctx.stores.map(async ({ name, jobs }) => [name, await jobs.queues()] as const)),
  );
  return Promise.all(
    ctx.modules.map(async (module) => {
      const queues = (queuesOf.get(module.store) ?? []).filter(({ queue }) =>
        queue.startsWith(`${module.name}.`),
      );
      const down = await findDown(module);
      return {
        name: module.name,
        title: module.title,
        isUp: down.length === 0,
        down,
        links: module.section?.links ?? [],
        ...summarise(queues),
      };
    }),
  );
}

/** What is wrong with one module, in words, each with the page on which to act. */
export function alarmsOf(module: ModuleState): { title: string; text: string; href?: string }[] {
  const { title, name, failed, pausedQueues } = module;
  const jobs = `/jobs#${name}`;
  return [
    ...module.down.map((component) => ({ title, text: `not answering: ${component}` })),
    ...module.outages.map((system) => ({ title, text: `waits for ${system} to answer again`, href: jobs })),
    ...(failed === 0
      ? []
      : [{ title, text: `${plural(failed, 'failed job')} to look at`, href: `/failures?module=${name}` }]),
    ...(pausedQueues.length === 0
      ? []
      : [{ title, text: `${plural(pausedQueues.length, 'queue')} paused`, href: jobs }]),
  ];
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`;
}

function summarise(queues: QueueState[]) {
  const total = (pick: (queue: QueueState) => number) => queues.reduce((sum, queue) => sum + pick(queue), 0);
  const oldest = queues.flatMap(({ oldestWaitingSeconds }) => oldestWaitingSeconds ?? []);
  return {
    completedLastMinute: total((queue) => queue.completedLastMinute),
    waiting: total((queue) => queue.waiting + queue.retrying),
    active: total((queue) => queue.active),
    failed: total((queue) => queue.failed),
    oldestWaitingMs: oldest.length === 0 ? undefined : Math.max(...oldest) * 1_000,
    pausedQueues: queues.filter(({ isPaused }) => isPaused).map(({ queue }) => queue),
    outages: [...new Set(queues.flatMap(({ outage }) => outage ?? []))],
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
