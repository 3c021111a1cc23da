import type { FastifyInstance } from 'fastify';
import { HttpError } from '#platform/http';
import type { JobFailureRecord } from '#platform/jobs';
import type { ConsoleContext, ConsoleStore } from '../../console-context.ts';
import type { PageTools } from '../../page-tools.ts';
import { registerFailureActions } from './failure-actions.ts';
import { registerFailureList } from './failure-list.ts';
import { registerRedrives } from './redrives.ts';

const inspectView = new URL('./failure.njk', import.meta.url);

export interface FailureParams {
  Params: { id: string };
}

export interface FoundFailure {
  store: ConsoleStore;
  failure: JobFailureRecord;
}

export function registerFailures(app: FastifyInstance, page: PageTools, ctx: ConsoleContext): void {
  registerFailureList(app, page, ctx);
  registerRedrives(app, page, ctx);
  registerFailureActions(app, page, ctx);

  app.get<FailureParams>('/failures/:id', async (request, reply) => {
    const { failure } = await findFailure(ctx, request.params.id);
    return page.render(reply, inspectView, {
      title: `Failure of ${failure.task}`,
      failure,
      ids: idsIn(failure.payload),
    });
  });
}

const MOST_IDS = 8;

/** What the payload names, by its members: each leads to everything that the register has about it. */
function idsIn(payload: unknown): { name: string; id: string }[] {
  if (typeof payload !== 'object' || payload === null) return [];
  const found = Object.entries(payload).flatMap(([name, value]) => {
    const isId = /(id|key|code|reference|number)$/i.test(name) && /^(string|number)$/.test(typeof value);
    return isId && String(value) !== '' ? [{ name, id: String(value) }] : [];
  });
  return found.slice(0, MOST_IDS);
}

/** The failure with the store it is in; 404 when it is in none. */
export async function findFailure(ctx: ConsoleContext, id: string): Promise<FoundFailure> {
  for (const store of isUuid(id) ? ctx.stores : []) {
    const failure = await store.jobs.failures.get(id);
    if (failure) return { store, failure };
  }
  throw new HttpError(404, 'not_found', 'No such failure');
}

export function isUuid(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
}
