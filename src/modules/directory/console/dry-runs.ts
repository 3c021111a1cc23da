import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import {
  acceptUploads,
  type FieldError,
  type FormFields,
  listPath,
  type PageTools,
  pageLinks,
  uploadedFile,
} from '#platform/console';
import { HttpError } from '#platform/http';
import type { DirectoryContext } from '../context.ts';
import { startApplication } from '../dry-run/application.ts';
import { selectApplications } from '../dry-run/application-queries.ts';
import type { Difference } from '../dry-run/comparison-batch.ts';
import { createDryRun, findDryRun } from '../dry-run/dry-run.ts';
import { selectDryRunItems, selectDryRuns } from '../dry-run/dry-run-queries.ts';
import type { DryRunRow } from '../tables.ts';

const listView = new URL('./dry-runs.njk', import.meta.url);
const runView = new URL('./dry-run.njk', import.meta.url);
const PATH = '/pages/directory/dry-runs';
const RUNS = 25;
const ITEMS = 50;

/** What pasted events, or the newest stored ones, would change; and applying all of it or a part. */
export function registerDryRunPages(app: FastifyInstance, page: PageTools, ctx: DirectoryContext): void {
  const render = async (reply: FastifyReply, form?: FormFields, errors: FieldError[] = []) => {
    const data = {
      title: 'Dry run',
      form: form?.values ?? {},
      runs: await selectDryRuns(ctx.db.kysely, RUNS),
    };
    return errors.length > 0
      ? page.renderInvalid(reply, listView, data, errors)
      : page.render(reply, listView, data);
  };
  acceptUploads(app);
  app.get('/dry-runs', async (_request, reply) => render(reply));

  app.post('/dry-runs', { preHandler: page.requireRole('operator') }, async (request, reply) => {
    const form = page.readForm(request);
    const isStored = form.text('source') === 'stored';
    const file = uploadedFile(request);
    const bytes = file ? file.stream() : Readable.from([Buffer.from(form.raw('events'))]);
    const source = isStored ? { stored: true as const } : { bytes };
    const title =
      form.text('title') || (isStored ? 'Newest stored events' : file ? file.name : 'Pasted events');
    try {
      const options = { title: title.slice(0, 200), actor: page.actor(request), enqueue: true };
      const id = await createDryRun(ctx, source, options);
      return page.redirect(reply, `${PATH}/${id}`, 'The dry run has begun');
    } catch (error) {
      if (!(error instanceof HttpError) || error.code !== 'empty_source') throw error;
      const message = file
        ? 'The file is empty: choose one with at least one change event as JSON'
        : 'Choose a file, or paste at least one change event as JSON';
      return render(reply, form, [{ field: file ? 'file' : 'events', message }]);
    }
  });

  app.get<{ Params: { id: string } }>('/dry-runs/:id', async (request, reply) => {
    const query = page.readQuery(request);
    const run = await findDryRun(ctx, request.params.id);
    return page.render(reply, runView, await runData(ctx, run, query));
  });

  app.post<{ Params: { id: string } }>(
    '/dry-runs/:id/apply',
    { preHandler: page.requireRole('operator') },
    async (request, reply) => {
      const form = page.readForm(request);
      const { id } = request.params;
      const services = form.list('service').map(Number).filter(Number.isInteger);
      const isPart = form.text('part') === 'chosen';
      if (isPart && services.length === 0) {
        return page.redirect(reply, `${PATH}/${id}`, {
          kind: 'notice',
          text: 'Nothing was applied: choose at least one service',
        });
      }
      await startApplication(ctx, id, isPart ? { service_ids: services } : {}, page.actor(request));
      return page.redirect(reply, `${PATH}/${id}`, 'The changes are being applied');
    },
  );
}

async function runData(ctx: DirectoryContext, run: DryRunRow, query: FormFields) {
  const after = /^\d{1,9}$/.test(query.text('after')) ? Number(query.text('after')) : 0;
  const odsCode = query.text('odsCode').replaceAll('\u0000', '');
  const filter = odsCode === '' ? {} : { odsCodes: [odsCode] };
  const found = await selectDryRunItems(ctx.db.kysely, run.id, filter, { after, limit: ITEMS + 1 });
  const items = found.slice(0, ITEMS);
  const last = items.at(-1);
  const path = `${PATH}/${run.id}`;
  const applications = await selectApplications(ctx.db.kysely, run.id);
  const next = found.length > ITEMS && last ? String(last.place) : undefined;
  return {
    title: `${run.title} – Dry run`,
    run,
    odsCode,
    items: items.map((item) => ({ ...item, changes: (item.changes ?? []).map(shorten) })),
    applications,
    isApplying: applications.some(({ state }) => state === 'running'),
    canApply: run.state === 'finished' && run.changed_services > 0,
    hasChoice: items.some(({ outcome }) => outcome === 'changed'),
    isBusy: run.state === 'waiting' || run.state === 'running',
    allPath: listPath(path, {}),
    pages: pageLinks(path, query, next),
  };
}

/** The values without the words that the reports wrap them in (spec section 8.3.2). */
function shorten({ field, previous_value: previous, new_value: value }: Difference) {
  const unquoted = (text: string) => text.replace(/^"|"$/g, '');
  const before = unquoted(previous).replace(/^\w+_existing=/, '');
  const after = unquoted(value).replace(/^\w+_update=(remove=.*?)?(add=|$)/, '');
  const isZCodeRemoved = field === 'cmssgsdid' && value.includes('_update=remove=');
  return {
    field,
    before: isZCodeRemoved ? unquoted(value).replace(/^.*remove=/, '') : listed(before),
    after: isZCodeRemoved ? '' : listed(after),
  };
}

/** Times of several periods or dates may break between them. */
function listed(text: string): string {
  return text.replaceAll(/,(?=\d)/g, ', ').replaceAll('$', ', ');
}
