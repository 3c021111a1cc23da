import type { FastifyInstance } from 'fastify';
import { HttpError } from '#platform/http';
import type { FailureFilter, Redrive } from '#platform/jobs';
import type { ConsoleContext, ConsoleStore } from '../../console-context.ts';
import type { FormFields } from '../../forms.ts';
import { listPath } from '../../list-links.ts';
import type { PageTools } from '../../page-tools.ts';
import { chosenFields, readFailureFilter } from './failure-filter.ts';
import { queuesIn, readQueues } from './failure-list.ts';
import { type FailureParams, isUuid } from './failures.ts';
import { readRedriveForm } from './redrive-form.ts';

const formView = new URL('./redrive.njk', import.meta.url);
const listView = new URL('./redrive-list.njk', import.meta.url);
const progressView = new URL('./redrive-progress.njk', import.meta.url);
const progressFragment = new URL('./redrive-state.njk', import.meta.url);
const RECENT = 50;

/** Many failed jobs run again: counted first, then tried with a few, then at a rate. */
export function registerRedrives(app: FastifyInstance, page: PageTools, ctx: ConsoleContext): void {
  const operatorOnly = { preHandler: page.requireRole('operator') };

  app.get('/failures/redrive', operatorOnly, async (request, reply) => {
    const query = page.readQuery(request);
    const targets = await findTargets(ctx, query);
    return page.render(reply, formView, { title: 'Run failed jobs again', ...describe(ctx, query, targets) });
  });

  app.post('/failures/redrive', operatorOnly, async (request, reply) => {
    const form = page.readForm(request);
    const targets = await findTargets(ctx, form);
    const { options, errors } = readRedriveForm(form);
    if (errors.length > 0) {
      const data = { title: 'Run failed jobs again', ...describe(ctx, form, targets) };
      return page.renderInvalid(reply, formView, data, errors);
    }
    const actor = page.actor(request);
    const started: string[] = [];
    for (const { store, filter } of targets) {
      const { id } = await store.jobs.failures.redrive(filter, { ...options, actor });
      if (id !== undefined) started.push(id);
    }
    if (started.length === 0) {
      return page.redirect(reply, '/failures', { kind: 'notice', text: 'No failed job matched any more' });
    }
    return page.redirect(
      reply,
      started.length === 1 ? `/failures/redrives/${started[0]}` : '/failures/redrives',
    );
  });

  app.get('/failures/redrives', async (_request, reply) => {
    const found = await Promise.all(ctx.stores.map(({ jobs }) => jobs.failures.listRedrives(RECENT)));
    const redrives = found
      .flat()
      .sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime())
      .map(withFilterText);
    return page.render(reply, listView, { title: 'Runs of failed jobs', redrives });
  });

  app.get<FailureParams>('/failures/redrives/:id', async (request, reply) => {
    const { redrive } = await findRedrive(ctx, request.params.id);
    return page.render(reply, progressView, {
      title: 'Run of failed jobs',
      redrive: withFilterText(redrive),
      now: ctx.clock.now(),
    });
  });

  app.get<FailureParams>('/failures/redrives/:id/state', async (request, reply) => {
    const { redrive } = await findRedrive(ctx, request.params.id);
    return page.renderFragment(reply, progressFragment, { redrive, now: ctx.clock.now() });
  });

  app.post<FailureParams>('/failures/redrives/:id/resume', operatorOnly, async (request, reply) => {
    const { store, redrive } = await findRedrive(ctx, request.params.id);
    const isDone = await store.jobs.failures.resumeRedrive(redrive.id, page.actor(request));
    return page.redirect(reply, `/failures/redrives/${redrive.id}`, isDone ? 'The run goes on' : changed);
  });

  app.post<FailureParams>('/failures/redrives/:id/stop', operatorOnly, async (request, reply) => {
    const { store, redrive } = await findRedrive(ctx, request.params.id);
    const isDone = await store.jobs.failures.cancelRedrive(redrive.id, page.actor(request));
    return page.redirect(reply, `/failures/redrives/${redrive.id}`, isDone ? 'The run is stopped' : changed);
  });
}

const changed = { kind: 'notice', text: 'The run had changed meanwhile, so nothing was done' } as const;

interface Target {
  store: ConsoleStore;
  filter: FailureFilter;
  matched: number;
}

/** What a filter means in each store, with how many jobs match; those that match nothing are left out. */
async function findTargets(ctx: ConsoleContext, fields: FormFields): Promise<Target[]> {
  const { filter, module, errors } = readFailureFilter(fields, ctx.clock.now());
  if (errors.length > 0)
    throw new HttpError(400, 'invalid_filter', errors.map(({ message }) => message).join('. '));
  const narrowed = queuesIn(await readQueues(ctx), module, filter.task);
  const wanted = narrowed
    ? narrowed.map(({ store, queue }) => ({ store, filter: { ...filter, task: queue.queue } }))
    : ctx.stores.map((store) => ({ store, filter }));
  const counted = await Promise.all(
    wanted.map(async (target) => ({
      ...target,
      matched: await target.store.jobs.failures.count({ ...target.filter, state: 'failed' }),
    })),
  );
  return counted.filter(({ matched }) => matched > 0);
}

function describe(ctx: ConsoleContext, fields: FormFields, targets: Target[]) {
  const filter = chosenFields(ctx, fields);
  return {
    filter,
    values: { canary: '10', rate: '50', errorRate: '10', ...fields.values },
    matched: targets.reduce((sum, target) => sum + target.matched, 0),
    listHref: listPath('/failures', Object.fromEntries(filter.map(({ name, value }) => [name, value]))),
  };
}

function withFilterText(redrive: Redrive) {
  const { task, cause, key, correlationId } = redrive.filter;
  const parts = [task, cause, key && `key ${key}`, correlationId && `correlation id ${correlationId}`];
  const text = parts.filter((part) => part !== undefined).join(', ');
  return { ...redrive, filterText: text === '' ? 'All failed jobs' : text };
}

async function findRedrive(
  ctx: ConsoleContext,
  id: string,
): Promise<{ store: ConsoleStore; redrive: Redrive }> {
  for (const store of isUuid(id) ? ctx.stores : []) {
    const redrive = await store.jobs.failures.getRedrive(id);
    if (redrive) return { store, redrive };
  }
  throw new HttpError(404, 'not_found', 'No such run');
}
