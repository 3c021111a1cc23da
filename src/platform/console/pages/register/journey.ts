import type { RegisterEvent } from '#platform/events';
import type { ConsoleContext } from '../../console-context.ts';

/** One stop of a journey: an event, with how long after the start and after the stop before it came. */
export interface JourneyStop {
  event: RegisterEvent;
  moduleTitle: string;
  sinceStartMs: number;
  sincePreviousMs: number;
  hasProperties: boolean;
}

export interface Journey {
  stops: JourneyStop[];
  startedAt: Date | undefined;
  totalMs: number;
  /** Titles of the modules it passed through, in order. */
  moduleTitles: string[];
}

/** Everything that one correlation id caused, in order, whichever database it was written to. */
export async function readJourney(ctx: ConsoleContext, correlationId: string): Promise<Journey> {
  const found = await Promise.all(ctx.stores.map(({ events }) => events.journey(correlationId)));
  const events = found.flat().sort((one, other) => one.time.getTime() - other.time.getTime());
  const titles = new Map(ctx.modules.map(({ name, title }) => [name, title]));
  const startedAt = events[0]?.time;
  const stops = events.map((event, index) => ({
    event,
    moduleTitle: titles.get(event.module) ?? event.module,
    sinceStartMs: event.time.getTime() - (startedAt?.getTime() ?? 0),
    sincePreviousMs: event.time.getTime() - (events[index - 1]?.time ?? event.time).getTime(),
    hasProperties: Object.keys(event.properties).length > 0,
  }));
  return {
    stops,
    startedAt,
    totalMs: stops.at(-1)?.sinceStartMs ?? 0,
    moduleTitles: [...new Set(stops.map(({ moduleTitle }) => moduleTitle))],
  };
}
