import { setTimeout as sleep } from 'node:timers/promises';
import type { EventFilter, RegisterEvent } from '#platform/events';
import type { App } from '../app.ts';
import { type Command, type CommandInput, integerOption, textOption } from './command.ts';
import { withApp } from './connection.ts';
import { readSince } from './since.ts';

export const command: Command = {
  name: 'events',
  summary: 'Search or follow the register',
  usage: '[options]',
  description:
    'Prints events oldest first: time (UTC), module, name, correlation id, message. Without a filter, the whole register.',
  options: {
    'correlation-id': { type: 'string', description: 'Events of one correlation id' },
    subject: { type: 'string', description: 'Events about an id: ODS code, service, record ...' },
    module: { type: 'string', description: 'Events of one module' },
    name: { type: 'string', description: 'Events of one name, such as service.updated' },
    since: { type: 'string', description: 'From this time on: ISO time, or 15m, 2h, 7d ago' },
    limit: { type: 'string', description: 'Print at most this many (default 1000; 0 for all)' },
    follow: { type: 'boolean', short: 'f', description: 'Go on printing new events until Ctrl-C' },
    json: { type: 'boolean', description: 'One JSON object a line' },
  },
  run: (input) => withApp(input, (app) => printEvents(app, input)),
};

const PAGE = 500;
const FOLLOW_MS = 500;

async function printEvents(app: App, input: CommandInput): Promise<number> {
  const filter = readFilter(input);
  const print = input.values.json ? printJson : printLine;
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const limit = integerOption(input, 'limit', 1_000) || Number.POSITIVE_INFINITY;
  let printed = 0;
  const seen = new Set<string>();
  for (const store of app.stores) {
    let after: string | undefined;
    do {
      const page = await store.events.search(filter, {
        limit: Math.min(PAGE, limit - printed),
        ...(after === undefined ? {} : { after }),
      });
      // Events of one instant come together, even beyond the limit of a page.
      const events = page.events.slice(0, limit - printed);
      for (const event of events) {
        print(event);
        if (input.values.follow) seen.add(`${store.name} ${event.id}`);
      }
      printed += events.length;
      after = page.next;
    } while (after !== undefined && printed < limit);
  }
  if (input.values.follow) await follow(app, { filter, print, seen }, stop.signal);
  else if (printed === 0 && !input.values.json) console.log('No event matches.');
  else if (printed >= limit && !input.values.json)
    console.error(`These are the first ${limit}; --limit shows more.`);
  return 0;
}

/** Prints what was written since the last look; a look overlaps the one before, because commits come out of order. */
async function follow(
  app: App,
  output: { filter: EventFilter; print: (event: RegisterEvent) => void; seen: Set<string> },
  signal: AbortSignal,
): Promise<void> {
  const { filter, print } = output;
  const overlapMs = 5_000;
  let { seen } = output;
  let since = new Date();
  while (!signal.aborted) {
    const started = new Date();
    const now = new Set<string>();
    for (const store of app.stores) {
      const from = new Date(since.getTime() - overlapMs);
      const { events } = await store.events.search({ ...filter, since: from }, { limit: 10_000 });
      for (const event of events) {
        const key = `${store.name} ${event.id}`;
        now.add(key);
        if (!seen.has(key) && event.time >= new Date(since.getTime() - overlapMs)) print(event);
      }
    }
    seen = now;
    since = started;
    await sleep(FOLLOW_MS, undefined, { signal }).catch((error) => {
      if (!signal.aborted) throw error;
    });
  }
}

function readFilter(input: CommandInput): EventFilter {
  const filter: EventFilter = { order: 'oldest' };
  const correlationId = textOption(input, 'correlation-id');
  if (correlationId !== undefined) filter.correlationId = correlationId;
  const subject = textOption(input, 'subject');
  if (subject !== undefined) filter.subject = subject;
  const module = textOption(input, 'module');
  if (module !== undefined) filter.module = module;
  const name = textOption(input, 'name');
  if (name !== undefined) filter.name = name;
  const since = textOption(input, 'since');
  if (since !== undefined) filter.since = readSince(since);
  return filter;
}

function printJson(event: RegisterEvent): void {
  const { time, module, name, correlationId, subjects, properties } = event;
  console.log(JSON.stringify({ time, module, name, correlationId, subjects, properties }));
}

function printLine(event: RegisterEvent): void {
  const message = typeof event.properties.message === 'string' ? event.properties.message : '';
  const id = event.correlationId ?? '-';
  console.log(
    `${event.time.toISOString()}  ${event.module.padEnd(9)}  ${event.name.padEnd(28)}  ${id}  ${message}`,
  );
}
