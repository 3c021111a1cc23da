import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FieldError, FormFields, PageTools } from '#platform/console';
import { HttpError } from '#platform/http';
import type { MigrationContext } from '../context.ts';
import { CUTOVER_STATES, changeCutover, readCutover } from '../cutover/cutover.ts';
import type { Domain } from '../engine/domain.ts';
import { MigrationError } from '../errors.ts';
import { canReconcile } from '../reconcile/start-reconciliation.ts';
import { selectRuns } from '../runs/run-queries.ts';
import { startRun } from '../runs/start-run.ts';
import { filterFields, readFilterForm } from './filter-form.ts';

const view = new URL('./domain.njk', import.meta.url);
const RUNS_SHOWN = 20;

type Params = { Params: { type: string } };

/** One domain: its runs, the form that starts one, and who leads. */
export function registerDomainPage(app: FastifyInstance, page: PageTools, ctx: MigrationContext): void {
  const operatorOnly = { preHandler: page.requireRole('operator') };
  const adminOnly = { preHandler: page.requireRole('admin') };

  app.get<Params>('/domains/:type', async (request, reply) => {
    const domain = domainIn(ctx, request.params.type);
    return page.render(reply, view, await viewData(ctx, domain, {}));
  });

  app.post<Params>('/domains/:type/start', operatorOnly, async (request, reply) => {
    const domain = domainIn(ctx, request.params.type);
    const form = page.readForm(request);
    const read = readStartForm(domain, form);
    if ('errors' in read) {
      return page.renderInvalid(reply, view, await viewData(ctx, domain, form.values), read.errors);
    }
    try {
      const who = page.actor(request).name;
      const started = await startRun(ctx, domain, { ...read, who, correlationId: request.id });
      return page.redirect(reply, `/pages/migration/runs/${started.migrationId}`, 'The run has started');
    } catch (error) {
      const data = await viewData(ctx, domain, form.values);
      // A rule of one member begins with its name.
      const named = filterFields(domain).find(({ name }) => String(error).includes(`${name} must`));
      return invalid(page, reply, error, { field: named?.name ?? '', data });
    }
  });

  app.post<Params>('/domains/:type/cutover', adminOnly, async (request, reply) => {
    const domain = domainIn(ctx, request.params.type);
    const form = page.readForm(request);
    const to = CUTOVER_STATES.find((state) => state === form.text('to'));
    const reason = form.text('reason');
    const errors: FieldError[] = [];
    if (!to) errors.push({ field: 'to', message: 'Choose who leads' });
    if (reason === '') errors.push({ field: 'reason', message: 'Say why' });
    const data = await viewData(ctx, domain, form.values);
    if (!to || errors.length > 0) return page.renderInvalid(reply, view, data, errors);
    try {
      await changeCutover(ctx, domain.type, { to, actor: page.actor(request), reason });
      return page.redirect(reply, `/pages/migration/domains/${domain.type}`, 'Who leads was changed');
    } catch (error) {
      return invalid(page, reply, error, { field: 'to', data });
    }
  });
}

/** A rule that the module states is shown beside the field; anything else is a fault. */
function invalid(
  page: PageTools,
  reply: FastifyReply,
  error: unknown,
  { field, data }: { field: string; data: { title: string } },
) {
  const isForPeople =
    error instanceof MigrationError ||
    (error instanceof Error && ['UpstreamError', 'OutgoingCallError'].includes(error.name));
  if (!isForPeople) throw error;
  return page.renderInvalid(reply, view, data, [{ field, message: error.message }]);
}

function readStartForm(
  domain: Domain,
  form: FormFields,
): { body: Record<string, unknown>; maxFailed?: number } | { errors: FieldError[] } {
  const read = readFilterForm(domain, form);
  const maxFailed = form.text('maxFailed');
  const errors = 'errors' in read ? [...read.errors] : [];
  if (maxFailed !== '' && !/^\d{1,12}$/.test(maxFailed)) {
    errors.push({ field: 'maxFailed', message: 'The limit must be a whole number' });
  }
  if ('errors' in read || errors.length > 0) return { errors };
  return { body: read.body, ...(maxFailed === '' ? {} : { maxFailed: Number(maxFailed) }) };
}

async function viewData(ctx: MigrationContext, domain: Domain, values: Record<string, string>) {
  const cutover = await readCutover(ctx, domain.type);
  const words = { LEGACY: 'Legacy system', BOTH: 'Both', NEW: 'New service' };
  return {
    title: domain.title,
    domain: {
      type: domain.type,
      title: domain.title,
      hasBulk: domain.bulk !== undefined,
      canCompare: canReconcile(domain),
    },
    fields: filterFields(domain),
    runs: await selectRuns(ctx.db.kysely, { types: [domain.type], limit: RUNS_SHOWN }),
    cutover,
    cutoverItems: CUTOVER_STATES.map((state) => ({
      value: state,
      text: words[state],
      checked: state === (values.to ?? cutover),
    })),
    values,
  };
}

export function domainIn(ctx: MigrationContext, type: string): Domain {
  const domain = ctx.domains.find((other) => other.type === type);
  if (!domain) throw new HttpError(404, 'not_found', 'No such migration type');
  return domain;
}

export type { FastifyRequest };
