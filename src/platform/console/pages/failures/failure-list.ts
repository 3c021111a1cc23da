import type { FastifyInstance } from 'fastify';
import type { FailureFilter, JobFailureRecord, QueueState } from '#platform/jobs';
import type { ConsoleContext, ConsoleStore } from '../../console-context.ts';
import type { FormFields } from '../../forms.ts';
import { listPath, pageLinks } from '../../list-links.ts';
import type { PageTools } from '../../page-tools.ts';
import { mergePages } from '../../paging.ts';
import { rangeOptions } from '../../time-range.ts';
import {
  chosenFields,
  filterFields,
  moduleOptions,
  readFailureFilter,
  readState,
  stateInWords,
  stateOptions,
} from './failure-filter.ts';

const view = new URL('./failure-list.njk', import.meta.url);
const PAGE_SIZE = 25;
const CAUSES_LOOKED_AT = 200;
const MOST_CAUSES = 8;

export function registerFailureList(app: FastifyInstance, page: PageTools, ctx: ConsoleContext): void {
  app.get('/failures', async (request, reply) => {
    const query = page.readQuery(request);
    const state = readState(query);
    const { filter, module, errors } = readFailureFilter(query, ctx.clock.now());
    const queues = await readQueues(ctx);
    const data = {
      title: 'Failures',
      query: query.values,
      hasFilter: filterFields.some((name) => query.text(name) !== '') || state !== 'failed',
      modules: moduleOptions(ctx, module),
      tasks: taskOptions(queues, query.text('task')),
      states: stateOptions(state),
      ranges: rangeOptions(query.text('range')),
      chosen: [
        ...(state === 'failed' ? [] : [{ label: 'State', shown: stateInWords(state) }]),
        ...chosenFields(ctx, query),
      ],
      byTask: queues.filter(({ queue }) => queue.failed > 0).map(({ queue }) => countOf(queue)),
      redrivePath: listPath('/failures/redrive', pick(query.values, filterFields)),
      canRedrive: state === 'failed',
    };
    if (errors.length > 0) return page.renderInvalid(reply, view, { ...data, failures: [] }, errors);
    const selected = { ...filter, ...(state === undefined ? {} : { state }) };
    const sources = queuesIn(queues, module, filter.task);
    const { items, next } = await readPage(ctx, { filter: selected, sources, after: query.text('after') });
    const causes =
      state === 'failed' && items.length > 1 ? await countCauses(ctx, query, selected, sources) : {};
    return page.render(reply, view, {
      ...data,
      ...causes,
      failures: items,
      pages: pageLinks('/failures', query, next),
    });
  });
}

export interface StoreQueue {
  store: ConsoleStore;
  queue: QueueState;
}

export async function readQueues(ctx: ConsoleContext): Promise<StoreQueue[]> {
  const found = await Promise.all(
    ctx.stores.map(async (store) => (await store.jobs.queues()).map((queue) => ({ store, queue }))),
  );
  return found.flat();
}

/** The tasks of one module, each a list of its own; undefined when no module narrows the search. */
export function queuesIn(
  queues: StoreQueue[],
  module: string,
  task: string | undefined,
): StoreQueue[] | undefined {
  if (module === '') return undefined;
  return queues.filter(({ queue: { queue } }) =>
    task === undefined ? queue.startsWith(`${module}.`) : queue === task && queue.startsWith(`${module}.`),
  );
}

async function readPage(
  ctx: ConsoleContext,
  search: { filter: FailureFilter; sources: StoreQueue[] | undefined; after: string; limit?: number },
) {
  const { filter, after, limit = PAGE_SIZE } = search;
  const source = (name: string, store: ConsoleStore, narrowed: FailureFilter) => ({
    name,
    fetch: async (page: { after?: string; limit: number }) => {
      const { failures: items, next } = await store.jobs.failures.list(narrowed, page);
      return { items, next };
    },
  });
  const sources = search.sources
    ? search.sources.map(({ store, queue }) => source(queue.queue, store, { ...filter, task: queue.queue }))
    : ctx.stores.map((store) => source(store.name, store, filter));
  return mergePages<JobFailureRecord>(sources, {
    after,
    limit,
    timeOf: (failure) => failure.lastFailedAt,
  });
}

/** How often each cause stands among the newest failures of the list, each leading to those of that cause. */
async function countCauses(
  ctx: ConsoleContext,
  query: FormFields,
  filter: FailureFilter,
  sources: StoreQueue[] | undefined,
) {
  const { items } = await readPage(ctx, { filter, sources, after: '', limit: CAUSES_LOOKED_AT });
  const counts = Map.groupBy(items, ({ cause }) => cause);
  const byCause = [...counts].map(([cause, { length: failed }]) => ({
    cause,
    failed,
    href: listPath('/failures', { ...pick(query.values, filterFields), cause }),
  }));
  return {
    lookedAt: items.length,
    byCause: byCause.sort((one, other) => other.failed - one.failed).slice(0, MOST_CAUSES),
  };
}

function taskOptions(queues: StoreQueue[], chosen: string) {
  const names = queues.map(({ queue }) => queue.queue).sort();
  return [
    { value: '', text: 'All tasks' },
    ...names.map((name) => ({ value: name, text: name, selected: name === chosen })),
  ];
}

function countOf({ queue, failed }: QueueState) {
  return { task: queue, failed, href: listPath('/failures', { task: queue }) };
}

function pick(values: Record<string, string>, names: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}
