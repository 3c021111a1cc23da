import type { FastifyInstance, FastifyReply } from 'fastify';
import { InvalidPayloadError } from '#platform/jobs';
import type { ConsoleContext } from '../../console-context.ts';
import type { PageTools } from '../../page-tools.ts';
import { type FailureParams, type FoundFailure, findFailure } from './failures.ts';

const editView = new URL('./edit-payload.njk', import.meta.url);
const ignoreView = new URL('./ignore-failure.njk', import.meta.url);
const LONGEST_REASON = 500;

/** What an operator does to one failed job: run it again, edit its payload, ignore it. */
export function registerFailureActions(parent: FastifyInstance, page: PageTools, ctx: ConsoleContext): void {
  parent.register(async (app) => {
    app.addHook('preHandler', page.requireRole('operator'));

    app.post<FailureParams>('/failures/:id/retry', async (request, reply) => {
      const { store, failure } = await findFailure(ctx, request.params.id);
      const [retried] = await store.jobs.failures.retry([failure.id], page.actor(request));
      if (retried === undefined) return redirectTooLate(reply, failure.id);
      return page.redirect(reply, `/failures/${failure.id}`, 'The job runs again');
    });

    app.get<FailureParams>('/failures/:id/edit', async (request, reply) => {
      const { failure } = await findFailure(ctx, request.params.id);
      const payload = JSON.stringify(failure.payload, null, 2);
      return page.render(reply, editView, { title: 'Edit the payload', failure, payload });
    });

    app.post<FailureParams>('/failures/:id/edit', async (request, reply) => {
      const found = await findFailure(ctx, request.params.id);
      const form = page.readForm(request);
      const text = form.raw('payload');
      const actor = page.actor(request);
      const result = await tryEdit(found, text, actor);
      const { id } = found.failure;
      if (result.problem !== undefined) {
        const data = { title: 'Edit the payload', failure: found.failure, payload: text };
        return page.renderInvalid(reply, editView, data, [{ field: 'payload', message: result.problem }]);
      }
      if (result.outcome !== 'edited') return redirectTooLate(reply, id);
      if (form.text('after') !== 'retry')
        return page.redirect(reply, `/failures/${id}`, 'The payload is changed');
      await found.store.jobs.failures.retry([id], actor);
      return page.redirect(reply, `/failures/${id}`, 'The payload is changed and the job runs again');
    });

    app.get<FailureParams>('/failures/:id/ignore', async (request, reply) => {
      const { failure } = await findFailure(ctx, request.params.id);
      return page.render(reply, ignoreView, { title: 'Ignore this job', failure });
    });

    app.post<FailureParams>('/failures/:id/ignore', async (request, reply) => {
      const { store, failure } = await findFailure(ctx, request.params.id);
      const reason = page.readForm(request).text('reason');
      const problem = reasonProblem(reason);
      if (problem !== undefined) {
        const data = { title: 'Ignore this job', failure, reason };
        return page.renderInvalid(reply, ignoreView, data, [{ field: 'reason', message: problem }]);
      }
      const [ignored] = await store.jobs.failures.ignore([failure.id], reason, page.actor(request));
      if (ignored === undefined) return redirectTooLate(reply, failure.id);
      return page.redirect(reply, `/failures/${failure.id}`, 'The job is ignored');
    });
  });

  const redirectTooLate = (reply: FastifyReply, id: string) =>
    page.redirect(reply, `/failures/${id}`, {
      kind: 'notice',
      text: 'The job had changed meanwhile, so nothing was done. Look at it again.',
    });
}

async function tryEdit(
  { store, failure }: FoundFailure,
  text: string,
  actor: Parameters<typeof store.jobs.failures.edit>[2],
): Promise<{ outcome?: 'edited' | 'not_found' | 'not_editable'; problem?: string }> {
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problem: `The payload must be JSON: ${reason}` };
  }
  try {
    return { outcome: await store.jobs.failures.edit(failure.id, payload, actor) };
  } catch (error) {
    if (error instanceof InvalidPayloadError) return { problem: error.message };
    throw error;
  }
}

function reasonProblem(reason: string): string | undefined {
  if (reason === '') return 'Enter why the job can be ignored';
  if (reason.length > LONGEST_REASON) return `The reason must be ${LONGEST_REASON} characters or fewer`;
  return undefined;
}
