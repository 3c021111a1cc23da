import type { FastifyInstance, FastifyReply } from 'fastify';
import {
  type FieldError,
  type FormFields,
  formatLondon,
  type PageTools,
  parseLondon,
} from '#platform/console';
import { HttpError } from '#platform/http';
import type { DirectoryContext } from '../context.ts';
import { replayEvent } from '../replay/replay-event.ts';
import { listReplays, type ReplayRun, startReplay } from '../replay/replay-run.ts';

const view = new URL('./replays.njk', import.meta.url);
const PATH = '/pages/directory/replays';
const SHOWN = 25;

/** Which field of the form an error of the replay is about. */
const FIELD_OF: Record<string, string> = {
  invalid_filter: 'filter',
  too_many: 'filter',
  nothing_chosen: 'since',
};

const WRONG_TIME = 'Enter a time such as 2026-03-31T14:30 (UK time), or 15m, 2h or 7d for so long ago';

/** Replaying one event, a window or a filter, and how far earlier replays have come. */
export function registerReplayPages(app: FastifyInstance, page: PageTools, ctx: DirectoryContext): void {
  const render = async (reply: FastifyReply, form?: FormFields, errors: FieldError[] = []) => {
    const replays = await listReplays(ctx, SHOWN);
    const isRunning = replays.some(({ state }) => state !== 'finished');
    const data = { title: 'Replay', form: form?.values ?? {}, replays: replays.map(present), isRunning };
    return errors.length > 0 ? page.renderInvalid(reply, view, data, errors) : page.render(reply, view, data);
  };
  app.get('/replays', async (_request, reply) => render(reply));

  app.post('/replays', { preHandler: page.requireRole('operator') }, async (request, reply) => {
    const form = page.readForm(request);
    const given = (name: string) => (form.text(name) === '' ? undefined : form.text(name));
    try {
      const asked = {
        since: instant(given('since')),
        until: instant(given('until')),
        filter: given('filter'),
      };
      await startReplay(ctx, asked, page.actor(request));
    } catch (error) {
      if (!(error instanceof HttpError) || error.status >= 500) throw error;
      const field = FIELD_OF[error.code] ?? (error.message.startsWith('until') ? 'until' : 'since');
      const message = error.code === 'invalid_time' ? WRONG_TIME : error.message;
      return render(reply, form, [{ field, message }]);
    }
    return page.redirect(reply, PATH, 'The replay has begun; it goes on in the background');
  });

  app.post('/replays/event', { preHandler: page.requireRole('operator') }, async (request, reply) => {
    const form = page.readForm(request);
    const key = { odsCode: form.text('odsCode'), sequenceNumber: form.text('sequenceNumber') };
    const errors = missingIn(key);
    if (errors.length > 0) return render(reply, form, errors);
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

function present(replay: ReplayRun) {
  const { since, until, filter } = replay.request;
  const parts = [since && `since ${inWords(since)}`, until && `until ${inWords(until)}`, filter];
  return { ...replay, what: parts.filter(Boolean).join(', ') };
}

/** A moment as it was asked for, which the command line takes in UTC. */
function inWords(text: string): string {
  const time = new Date(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
  return /^\d{4}-/.test(text) && !Number.isNaN(time.getTime()) ? formatLondon(time) : `${text} before`;
}

/** A time without a zone is one of a clock in London, as everywhere on these pages; `2h` and the like stay. */
function instant(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (parseLondon(text)?.toISOString() ?? text);
}

function missingIn(key: { odsCode: string; sequenceNumber: string }): FieldError[] {
  const isNumber = /^\d{1,30}$/.test(key.sequenceNumber);
  return [
    ...(key.odsCode === '' ? [{ field: 'odsCode', message: 'Enter an ODS code' }] : []),
    ...(isNumber
      ? []
      : [{ field: 'sequenceNumber', message: 'Enter the sequence number of a stored event' }]),
  ];
}
