import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FieldError, FormFields, PageTools } from '#platform/console';
import { HttpError } from '#platform/http';
import type { DirectoryContext } from '../context.ts';
import { replayEvent } from '../replay/replay-event.ts';
import { listReplays, startReplay } from '../replay/replay-run.ts';

const view = new URL('./replays.njk', import.meta.url);
const PATH = '/pages/directory/replays';
const SHOWN = 25;

/** Which field of the form an error of the replay is about. */
const FIELD_OF: Record<string, string> = {
  invalid_filter: 'filter',
  too_many: 'filter',
  nothing_chosen: 'since',
};

/** Replaying one event, a window or a filter, and how far earlier replays have come. */
export function registerReplayPages(app: FastifyInstance, page: PageTools, ctx: DirectoryContext): void {
  const render = async (reply: FastifyReply, form?: FormFields, errors: FieldError[] = []) => {
    const data = { title: 'Replay', form: form?.values ?? {}, replays: await listReplays(ctx, SHOWN) };
    return errors.length > 0 ? page.renderInvalid(reply, view, data, errors) : page.render(reply, view, data);
  };
  app.get('/replays', async (_request, reply) => render(reply));

  app.post('/replays', { preHandler: page.requireRole('operator') }, async (request, reply) => {
    const form = page.readForm(request);
    const given = (name: string) => (form.text(name) === '' ? undefined : form.text(name));
    try {
      const asked = { since: given('since'), until: given('until'), filter: given('filter') };
      await startReplay(ctx, asked, page.actor(request));
    } catch (error) {
      if (!(error instanceof HttpError) || error.status >= 500) throw error;
      const field = FIELD_OF[error.code] ?? (error.message.startsWith('until') ? 'until' : 'since');
      return render(reply, form, [{ field, message: error.message }]);
    }
    return page.redirect(reply, PATH, 'The replay has begun; it goes on in the background');
  });

  app.post('/replays/event', { preHandler: page.requireRole('operator') }, async (request, reply) => {
    const form = page.readForm(request);
    const key = { odsCode: form.text('odsCode'), sequenceNumber: form.text('sequenceNumber') };
    try {
      const { correlation_id: id } = await replayEvent(ctx, key, page.actor(request));
      return page.redirect(
        reply,
        `/register/journeys/${encodeURIComponent(id)}`,
        'The event is queued again',
      );
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 404) throw error;
      return render(reply, form, [{ field: 'odsCode', message: error.message }]);
    }
  });
}
