import type { FastifyInstance } from 'fastify';
import type { EventFilter, RegisterEvent } from '#platform/events';
import type { ConsoleContext } from '../../console-context.ts';
import type { FormFields } from '../../forms.ts';
import { listPath, pageLinks } from '../../list-links.ts';
import type { PageTools } from '../../page-tools.ts';
import { mergePages } from '../../paging.ts';
import { rangeInWords, rangeOptions, readTimeRange } from '../../time-range.ts';
import { findPages } from './found-pages.ts';
import { readJourney } from './journey.ts';

const listView = new URL('./register.njk', import.meta.url);
const journeyView = new URL('./journey.njk', import.meta.url);
const PAGE_SIZE = 50;

export function registerRegister(app: FastifyInstance, page: PageTools, ctx: ConsoleContext): void {
  app.get('/register', async (request, reply) => {
    const query = page.readQuery(request);
    const { range, errors } = readTimeRange(query, ctx.clock.now());
    const data = {
      title: query.text('id') === '' ? 'Register' : `${query.text('id')} – Register`,
      query: query.values,
      modules: moduleOptions(ctx, query.text('module')),
      ranges: rangeOptions(query.text('range')),
      chosen: chosenFilters(ctx, query),
      allHref: listPath('/register', { id: query.text('id') }),
      hasFilter: ['module', 'name', 'range', 'from', 'to'].some((name) => query.text(name) !== ''),
    };
    if (errors.length > 0) return page.renderInvalid(reply, listView, { ...data, events: [] }, errors);
    const isFirst = query.text('after') === '';
    const [{ items, next }, found] = await Promise.all([
      search(ctx, { ...readFilter(query), ...range }, query.text('after')),
      isFirst ? findPages(ctx, query.text('id'), page.role(request)) : [],
    ]);
    return page.render(reply, listView, {
      ...data,
      found,
      events: items.map((event) => ({ ...event, moduleTitle: titleOf(ctx, event.module) })),
      pages: pageLinks('/register', query, next),
    });
  });

  app.get<{ Params: { correlationId: string } }>(
    '/register/journeys/:correlationId',
    async (request, reply) => {
      const { correlationId } = request.params;
      const journey = await readJourney(ctx, correlationId);
      return page.render(reply, journeyView, {
        title: `Journey ${correlationId}`,
        correlationId,
        ...journey,
      });
    },
  );
}

/** What narrows the list, in words. */
function chosenFilters(ctx: ConsoleContext, query: FormFields): { label: string; value: string }[] {
  const [module, name, range] = [query.text('module'), query.text('name'), query.text('range')];
  const found = [
    { label: 'module', value: module === '' ? '' : titleOf(ctx, module) },
    { label: 'event', value: name },
    { label: 'time', value: range === '' ? '' : rangeInWords(range) },
    { label: 'from', value: query.text('from').replace('T', ' ') },
    { label: 'to', value: query.text('to').replace('T', ' ') },
  ];
  return found.filter(({ value }) => value !== '');
}

function readFilter(query: FormFields): EventFilter {
  const [anyId, module, name] = [query.text('id'), query.text('module'), query.text('name')];
  return {
    ...(anyId === '' ? {} : { anyId }),
    ...(module === '' ? {} : { module }),
    ...(name === '' ? {} : { name }),
  };
}

async function search(ctx: ConsoleContext, filter: EventFilter, after: string) {
  const sources = ctx.stores.map(({ name, events }) => ({
    name,
    fetch: async (page: { after?: string; limit: number }) => {
      const { events: items, next } = await events.search(filter, page);
      return { items, next };
    },
  }));
  return mergePages<RegisterEvent>(sources, { after, limit: PAGE_SIZE, timeOf: (event) => event.time });
}

function titleOf(ctx: ConsoleContext, module: string): string {
  return (
    ctx.modules.find(({ name }) => name === module)?.title ?? (module === 'platform' ? 'Platform' : module)
  );
}

function moduleOptions(ctx: ConsoleContext, chosen: string) {
  const known = ctx.modules.map(({ name, title }) => ({ value: name, text: title }));
  return [{ value: '', text: 'All modules' }, ...known].map((option) => ({
    ...option,
    selected: option.value === chosen,
  }));
}
