import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Compile } from 'typebox/compile';
import type { FieldError, PageTools } from '#platform/console';
import { HttpError } from '#platform/http';
import type { MigrationContext } from '../context.ts';
import { CUTOVER_STATES, changeCutover, readCutover } from '../cutover/cutover.ts';
import type { Domain } from '../engine/domain.ts';
import { MigrationError } from '../errors.ts';
import { selectRuns } from '../runs/run-queries.ts';
import { startRun } from '../runs/start-run.ts';

const view = new URL('./domain.njk', import.meta.url);
const RUNS_SHOWN = 20;

type Params = { Params: { type: string } };

/** One domain: its runs, the form that starts one, and who leads. */
export function registerDomainPage(app: FastifyInstance, page: PageTools, ctx: MigrationContext): void {
  const operatorOnly = { preHandler: page.requireRole('operator') };
  const adminOnly = { preHandler: page.requireRole('admin') };

  app.get<Params>('/domains/:type', async (request, reply) => {
    const domain = domainIn(ctx, request.params.type);
    return page.render(reply, view, await viewData(ctx, domain, { filter: '{}' }));
  });

  app.post<Params>('/domains/:type/start', operatorOnly, async (request, reply) => {
    const domain = domainIn(ctx, request.params.type);
    const form = page.readForm(request);
    const read = readStartForm(domain, form.text('filter'), form.text('maxFailed'));
    if ('errors' in read) {
      return page.renderInvalid(reply, view, await viewData(ctx, domain, form.values), read.errors);
    }
    try {
      const who = page.actor(request).name;
      const started = await startRun(ctx, domain, { ...read, who, correlationId: request.id });
      return page.redirect(reply, `/pages/migration/runs/${started.migrationId}`, 'The run has started');
    } catch (error) {
      return invalid(page, reply, error, { field: 'filter', data: await viewData(ctx, domain, form.values) });
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
    const data = await viewData(ctx, domain, { filter: '{}', ...form.values });
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
  filterText: string,
  maxFailedText: string,
): { body: Record<string, unknown>; maxFailed?: number } | { errors: FieldError[] } {
  const errors: FieldError[] = [];
  let body: unknown;
  try {
    body = JSON.parse(filterText === '' ? '{}' : filterText);
  } catch {
    errors.push({ field: 'filter', message: 'The filter must be JSON, such as {"prisonIds": ["WLI"]}' });
  }
  if (domain.bulk && errors.length === 0 && !Compile(domain.bulk.filter).Check(body)) {
    errors.push({ field: 'filter', message: 'The filter has a member of the wrong kind' });
  }
  if (maxFailedText !== '' && !/^\d{1,12}$/.test(maxFailedText)) {
    errors.push({ field: 'maxFailed', message: 'The limit must be a whole number' });
  }
  if (errors.length > 0) return { errors };
  return {
    // Checked against the schema of the filter above.
    body: body as Record<string, unknown>,
    ...(maxFailedText === '' ? {} : { maxFailed: Number(maxFailedText) }),
  };
}

async function viewData(ctx: MigrationContext, domain: Domain, values: Record<string, string>) {
  const cutover = await readCutover(ctx, domain.type);
  const words = { LEGACY: 'Legacy system', BOTH: 'Both', NEW: 'New service' };
  return {
    title: domain.title,
    domain: { type: domain.type, title: domain.title, hasBulk: domain.bulk !== undefined },
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
